// Runs small SystemC set-ups in tests: a unit whose process is a lambda.
#pragma once
#include <functional>
#include <memory>

#include "luqsim/arch/architecture.h"

#include "context.h"
#include "unit.h"

namespace luqsim::test {

inline const UnitContext& terminate_on_error() {
  static const UnitContext context{[] { std::terminate(); }, nullptr, nullptr};
  return context;
}

class Script : public Unit {
 public:
  Script(const sc_core::sc_module_name& name, std::function<void(Unit&)> body)
      : Unit(name, terminate_on_error()), body_(std::move(body)) {}

 private:
  void run() override { body_(*this); }
  std::function<void(Unit&)> body_;
};

// 8 x 8, generous memory: no stall but those of the array itself.
inline Architecture ideal_architecture() {
  Architecture a;
  a.name = "test";
  a.clock_ghz = 1;
  a.array.rows = a.array.cols = 8;
  a.array.lanes = 1;
  a.array.accumulator.kind = AccumulatorKind::int32;
  a.array.double_buffered_stationary = false;
  a.a = a.b = a.out = {1U << 26, true, 1024, 64};
  a.dram = {std::uint64_t{1} << 40, 0, std::uint64_t{1} << 40, 1};
  a.quantizer = {1, 8};
  return a;
}

}  // namespace luqsim::test

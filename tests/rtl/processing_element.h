// A processing element in lockstep with the model's accumulator.
#pragma once
#include <cmath>
#include <span>
#include <string>

#include <fmt/format.h>

#include "accumulator_register.h"
#include "lockstep.h"

namespace luqsim::test {

// Clock, clear, enable, sum and overflow of every block, and the model's accumulator beside them.
template <class Block>
class Element {
 public:
  Element(const std::string& name, const AccumulatorConfig& config)
      : config_(config), sums_(name), flags_(name + "_overflow") {
    block.clk(clk_);
    block.clear(clear_);
    block.enable(enable_);
    block.sum(sum_);
    block.overflow(overflow_);
  }

  // One clock with the operands already written, whose products sum to `term`.
  template <class Inputs>
  void clock(bool clears, bool enables, std::int32_t term, Inputs inputs) {
    const std::uint32_t before = register_code(config_, state_);
    clk_.write(false);
    clear_.write(clears);
    enable_.write(enables);
    settle();
    clk_.write(true);
    settle();
    if (clears) {
      state_ = {};
      flag_ = false;
    } else if (enables) {
      const std::uint64_t earlier = state_.overflows;
      accumulate(config_, std::span(&term, 1), state_);
      flag_ = state_.overflows != earlier;
      overflows += flag_ ? 1 : 0;
    }
    const auto all = [&] {
      return fmt::format("sum={:#x} {} clear={:d} enable={:d}", before, inputs(), clears, enables);
    };
    sums_.check(register_code(config_, state_), sum_.read(), all);
    flags_.check(flag_ ? 1 : 0, overflow_.read() ? 1 : 0, all);
  }

  bool infinite() const { return std::isinf(accumulated(config_, state_)); }

  Block block{"block"};
  std::uint64_t overflows = 0;

 private:
  AccumulatorConfig config_;
  AccumulatorState state_;
  bool flag_ = false;
  sc_core::sc_signal<bool> clk_, clear_, enable_, overflow_;
  sc_core::sc_signal<std::uint32_t> sum_;
  Comparison sums_, flags_;
};

}  // namespace luqsim::test

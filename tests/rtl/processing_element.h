// A processing element, or its accumulator alone, in lockstep with the model's accumulator.
#pragma once
#include <cmath>
#include <optional>
#include <span>
#include <string>

#include <fmt/format.h>

#include "accumulator_register.h"
#include "lockstep.h"

namespace luqsim::test {

template <class Block>
concept FlagsOverflow = requires(Block block) {
  block.overflow;
};

// Clock, clear, enable, sum and, where there is one, overflow of a block, and the model's accumulator beside them.
template <class Block>
class Element {
 public:
  Element(const std::string& name, const AccumulatorConfig& config) : config_(config), sums_(name) {
    block.clk(clk_);
    block.clear(clear_);
    block.enable(enable_);
    block.sum(sum_);
    if constexpr (FlagsOverflow<Block>) {
      block.overflow(overflow_);
      flags_.emplace(name + "_overflow");
    }
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
    if (flags_) flags_->check(flag_ ? 1 : 0, overflow_.read() ? 1 : 0, all);
  }

  bool infinite() const { return std::isinf(accumulated(config_, state_)); }
  std::uint64_t clocks() const { return sums_.vectors(); }

  Block block{"block"};
  std::uint64_t overflows = 0;

 private:
  AccumulatorConfig config_;
  AccumulatorState state_;
  bool flag_ = false;
  sc_core::sc_signal<bool> clk_, clear_, enable_, overflow_;
  sc_core::sc_signal<std::uint32_t> sum_;
  Comparison sums_;
  std::optional<Comparison> flags_;
};

}  // namespace luqsim::test

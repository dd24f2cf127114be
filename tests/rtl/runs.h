// Inputs of a block in runs: random ones, or the same again and again, which reaches overflow and absorption.
#pragma once
#include <cstdint>
#include <random>

namespace luqsim::test {

// Counts the inputs of a run; what the inputs are is the derived class's.
class Runs {
 public:
  bool starts_run() const { return left_ == 0; }
  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>((random_() >> 32) * n >> 32); }

 protected:
  explicit Runs(std::uint64_t seed) : random_(seed) {}
  void begin_run(std::uint32_t inputs) { left_ = inputs; }
  void count_input() { --left_; }

 private:
  std::mt19937_64 random_;
  std::uint32_t left_ = 0;
};

// Pairs of codes: random, or one of large magnitudes held for a run, now and then for a long one.
class Operands : public Runs {
 public:
  // Of all runs that hold their codes one in `one_in` is of `inputs`.
  struct LongRuns {
    std::uint32_t one_in, inputs;
  };

  Operands(std::uint64_t seed, std::uint32_t a_bits, std::uint32_t b_bits, const LongRuns& long_runs)
      : Runs(seed), a_bits_(a_bits), b_bits_(b_bits), long_runs_(long_runs) {}

  void next() {
    const bool starts = starts_run();
    if (starts) {
      held_ = below(2) == 0;
      begin_run(held_ && below(long_runs_.one_in) == 0 ? long_runs_.inputs : 1 + below(300));
    }
    if (starts || !held_) {
      a = operand(a_bits_);
      b = operand(b_bits_);
    }
    count_input();
  }

  std::uint32_t a = 0, b = 0;

 private:
  // All ones, or the sign alone, or all but it: the largest of every format here.
  std::uint32_t operand(std::uint32_t bits) {
    const std::uint32_t all = (1U << bits) - 1;
    const std::uint32_t ends[]{all, all >> 1, all / 2 + 1, all / 2 + 2};
    return held_ && below(4) != 0 ? ends[below(4)] : below(all + 1);
  }

  std::uint32_t a_bits_, b_bits_;
  LongRuns long_runs_;
  bool held_ = false;
};

}  // namespace luqsim::test

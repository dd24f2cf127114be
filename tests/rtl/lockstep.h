// Driving a Verilated block in SystemC, and saying where it differs from the model.
#pragma once
#include <chrono>
#include <functional>
#include <string>
#include <systemc>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "context.h"

namespace luqsim::test {

// Runs `drive` as a SystemC thread until it returns. Blocks and signals must be made after a fresh_context().
class Driver : public sc_core::sc_module {
 public:
  Driver(const sc_core::sc_module_name& name, std::function<void()> drive)
      : sc_core::sc_module(name), drive_(std::move(drive)) {
    SC_HAS_PROCESS(Driver);
    SC_THREAD(run);
  }

 private:
  void run() {
    drive_();
    sc_core::sc_stop();
  }
  std::function<void()> drive_;
};

// Lets combinational logic settle after its inputs were written.
inline void settle() { sc_core::wait(sc_core::sc_time::from_value(1)); }

// Counts vectors; the first mismatches name block, inputs, expected and got in hexadecimal.
class Comparison {
 public:
  explicit Comparison(std::string block) : block_(std::move(block)) {}
  ~Comparison() {
    EXPECT_EQ(mismatches_, 0U) << block_ << ": of " << vectors_ << " vectors";
    testing::Test::RecordProperty(block_ + "_vectors", std::to_string(vectors_));
  }
  Comparison(const Comparison&) = delete;
  Comparison& operator=(const Comparison&) = delete;

  // `inputs` makes the text of the inputs, only when it is needed.
  template <class Inputs>
  void check(std::uint64_t expected, std::uint64_t got, Inputs inputs) {
    ++vectors_;
    if (expected == got || mismatches_++ >= 5) return;
    ADD_FAILURE() << fmt::format("{} ({}): expected {:#x}, got {:#x}", block_, inputs(), expected, got);
  }
  std::uint64_t vectors() const { return vectors_; }

 private:
  std::string block_;
  std::uint64_t vectors_ = 0, mismatches_ = 0;
};

// Prints the vectors a second of a comparison from its making to its end.
class Speed {
 public:
  Speed(std::string block, const Comparison& comparison)
      : block_(std::move(block)), comparison_(comparison), start_(std::chrono::steady_clock::now()) {}
  ~Speed() {
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start_;
    const auto n = static_cast<double>(comparison_.vectors());
    fmt::print("{}: {:.0f} vectors in {:.2f} s, {:.3g} a second\n", block_, n, seconds.count(), n / seconds.count());
  }
  Speed(const Speed&) = delete;
  Speed& operator=(const Speed&) = delete;

 private:
  std::string block_;
  const Comparison& comparison_;
  std::chrono::steady_clock::time_point start_;
};

}  // namespace luqsim::test

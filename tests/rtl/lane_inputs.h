// What the tests of lanes share: bf16 inputs, the range of inverse scales, and the speed of a run.
#pragma once
#include <bit>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "lockstep.h"

namespace luqsim::test {

// bf16 is the upper half of binary32.
inline float widen(std::uint32_t bf16) { return std::bit_cast<float>(bf16 << 16); }
inline std::uint32_t bf16_bits(float x) { return std::bit_cast<std::uint32_t>(x) >> 16; }

inline std::vector<float> every_finite_bf16() {
  std::vector<float> all;
  for (std::uint32_t sign : {0U, 0x8000U})
    for (std::uint32_t magnitude = 0; magnitude < 0x7F80; ++magnitude) all.push_back(widen(sign | magnitude));
  return all;
}

inline float ulps_away(float x, std::int64_t ulps) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(std::bit_cast<std::uint32_t>(x) + ulps));
}

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

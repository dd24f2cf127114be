// Which examples a step takes: numbers drawn from the seed.
#pragma once
#include <cstdint>
#include <vector>

#include "luqsim/numerics/philox.h"

namespace luqsim::train {

// 32-bit numbers from stream (seed, tensor 999, step, sample 0); number i is lane 2i + 2^16 lane 2i+1.
class OrderNumbers {
 public:
  OrderNumbers(std::uint64_t seed, std::uint32_t step, std::size_t count) : lanes_(2 * count) {
    fill_random_lanes({seed, tensor, step, 0}, 0, lanes_);
  }

  // One of 0 .. n - 1: floor(number i * n / 2^32).
  std::uint32_t below(std::uint32_t n, std::size_t i) const {
    const std::uint64_t number = std::uint64_t{lanes_[2 * i]} | std::uint64_t{lanes_[2 * i + 1]} << 16;
    return static_cast<std::uint32_t>((number * n) >> 32);
  }

 private:
  static constexpr std::uint32_t tensor = 999;

  std::vector<std::uint16_t> lanes_;
};

}  // namespace luqsim::train

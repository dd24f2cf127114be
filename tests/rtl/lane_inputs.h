// bf16 inputs of quantizer lanes.
#pragma once
#include <bit>
#include <cstdint>

namespace luqsim::test {

// bf16 is the upper half of binary32.
inline float widen(std::uint32_t bf16) { return std::bit_cast<float>(bf16 << 16); }
inline std::uint32_t bf16_bits(float x) { return std::bit_cast<std::uint32_t>(x) >> 16; }

inline float ulps_away(float x, std::int64_t ulps) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(std::bit_cast<std::uint32_t>(x) + ulps));
}

}  // namespace luqsim::test

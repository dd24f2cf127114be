// 4-bit codes and their integer values, one and four at a time.
#pragma once
#include <cstdint>

#include "luqsim/cuda/host_device.h"
#include "luqsim/numerics/format.h"

namespace luqsim::cuda {

// The code of a level: two's complement, or sign and exponent code (fp4_e3m0, whose zero has no sign).
template <bool fp4>
LUQSIM_HOST_DEVICE inline std::uint32_t code_of_level(std::int32_t level) {
  if constexpr (fp4) return level < 0 ? 8U | static_cast<std::uint32_t>(-level) : static_cast<std::uint32_t>(level);
  return static_cast<std::uint32_t>(level) & 0xFU;
}

// Byte i of the result is the byte of (high, low) that nibble i of `selector` (0 to 7) names.
LUQSIM_HOST_DEVICE inline std::uint32_t select_bytes(std::uint32_t low, std::uint32_t high, std::uint32_t selector) {
#ifdef __CUDA_ARCH__
  return __byte_perm(low, high, selector);
#else
  const std::uint64_t bytes = std::uint64_t{high} << 32 | low;
  std::uint32_t out = 0;
  for (int i = 0; i < 4; ++i) out |= static_cast<std::uint32_t>(bytes >> (8 * (selector >> 4 * i & 7)) & 0xFF) << 8 * i;
  return out;
#endif
}

// Four codes, 16 bits, to four int8 values, the first in the low byte.
template <Format format>
LUQSIM_HOST_DEVICE inline std::uint32_t values_of_codes(std::uint32_t codes) {
  // 0xF where the code's top bit is set, in the byte of each code.
  const std::uint32_t spread = (codes & 0xF) | (codes & 0xF0) << 4 | (codes & 0xF00) << 8 | (codes & 0xF000) << 12;
  const std::uint32_t top = spread >> 3 & 0x01010101U;
  if constexpr (format == Format::uint4) return spread;
  if constexpr (format == Format::int4) return spread | top * 0xF0U;
  const std::uint32_t magnitude = select_bytes(0x04020100U, 0x40201008U, codes & 0x7777U);
  // Where negative, ~m + 1: the bytes' top bits are added apart, so that nothing carries into the next byte.
  const std::uint32_t flipped = magnitude ^ top * 0xFFU;
  return ((flipped & 0x7F7F7F7FU) + top) ^ (flipped & 0x80808080U);
}

}  // namespace luqsim::cuda

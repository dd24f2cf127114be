// One element of SAWB (Choi et al., MLSys 2019), its integer moments and its scale.
#pragma once
#include <cmath>
#include <cstdint>

#include "luqsim/cuda/host_device.h"
#include "luqsim/numerics/sawb.h"

#include "elements/bits.h"

namespace luqsim::cuda {

// |x| * 2^(17 - floor(log2 max_abs)), rounded to nearest even, in integers: at most 2^18. max_abs >= 2^-120, finite.
LUQSIM_HOST_DEVICE inline std::uint32_t sawb_moment(float x, float max_abs) {
  const std::uint32_t bits = float_bits(x) & magnitude_bits, field = bits >> 23;
  const std::uint32_t significand = field == 0 ? bits : (bits & 0x7FFFFFU) | 0x800000U;
  const std::uint32_t exponent = field == 0 ? 1 : field;
  const std::uint32_t shift = 6 + (float_bits(max_abs) >> 23) - exponent;
  if (shift > 25) return 0;
  return (significand + (1U << (shift - 1)) - 1 + (significand >> shift & 1U)) >> shift;
}

// binary64, each operation rounded once. The maximum where clip is no usable scale.
LUQSIM_HOST_DEVICE inline float sawb_scale_of(unsigned long long sum, unsigned long long sum_of_squares, double count,
                                              float max_abs, double c1, double c2, double levels) {
  if (!quantizable(max_abs)) return 0.0F;
  const double rms = std::sqrt(static_cast<double>(sum_of_squares) / count);
  const double mean = static_cast<double>(sum) / count;
  const int exponent = static_cast<int>(float_bits(max_abs) >> 23) - 127;
  const double clip = std::ldexp(c1 * rms - c2 * mean, exponent - 17);
  const float scale = static_cast<float>(clip / levels);
  const bool usable = clip > 0.0 && clip <= static_cast<double>(max_abs) && float_bits(scale) >= 0x800000U;
  return usable ? scale : static_cast<float>(static_cast<double>(max_abs) / levels);
}

// RNE(x * inverse), clamped.
LUQSIM_HOST_DEVICE inline std::int32_t sawb_level(float x, float inverse, float low, float high) {
  const float v = std::rint(x * inverse);
  return static_cast<std::int32_t>(v < low ? low : v > high ? high : v);
}

}  // namespace luqsim::cuda

// One element of LUQ (arXiv 2112.10769, section 4), and its scale.
#pragma once
#include <cmath>
#include <cstdint>

#include "luqsim/cuda/host_device.h"
#include "luqsim/numerics/luq.h"

#include "elements/bits.h"

namespace luqsim::cuda {

// What an element needs of a configuration, one for a launch.
struct LuqConstants {
  std::uint32_t random_mask;  // the top B of a lane's 16 bits, moved up by 7
  std::uint32_t half;         // the offset of half a random number
  std::int32_t top_code;      // E + 1
};

inline LuqConstants luq_constants(const LuqConfig& c) {
  const std::uint32_t unused = (1U << (16 - c.random_bits)) - 1;
  return {(0xFFFFU & ~unused) << 7, 1U << (22 - c.random_bits), c.top_exponent + 1};
}

// u + 1/2 of a lane's B bits u, as a fraction of 2^B in 23 bits: what stochastic rounding adds to a significand.
LUQSIM_HOST_DEVICE inline std::uint32_t luq_random(std::uint32_t lane, const LuqConstants& c) {
  return (lane << 7 & c.random_mask) | c.half;
}

// Whether a fraction in [0, 1) rounds up: fraction >= 1 - random. 2 - random has the bits below, so the difference is
// exact.
LUQSIM_HOST_DEVICE inline bool luq_rounds_up(float fraction, std::uint32_t random) {
  return fraction >= float_from((one_bits + 0x800000U) - random) - 1.0F;
}

// The level of x: signed exponent code (0: zero, else magnitude 2^(e-1)); int4_sr: the integer. x finite.
template <Rounding rounding>
LUQSIM_HOST_DEVICE inline std::int32_t luq_level(float x, float inverse, std::uint32_t random, const LuqConstants& c) {
  const float r = float_from(float_bits(x) & magnitude_bits) * inverse;
  std::int32_t level;
  if constexpr (rounding == Rounding::int4_sr) {
    const float clipped = r < 7.0F ? r : 7.0F;
    level = static_cast<std::int32_t>(clipped);
    // At 7 the fraction is 0, which never rounds up.
    level += luq_rounds_up(clipped - static_cast<float>(level), random) ? 1 : 0;
  } else {
    const bool stochastic = rounding == Rounding::luq || rounding == Rounding::sr;
    const std::uint32_t sum = float_bits(r) + (stochastic ? random : 0x400000U);
    const std::int32_t code = static_cast<std::int32_t>(sum >> 23) - 126;
    level = code < c.top_code ? code : c.top_code;
    if (r < 1.0F)
      level = (rounding == Rounding::luq || rounding == Rounding::rdnp_su) && luq_rounds_up(r, random) ? 1 : 0;
  }
  return float_bits(x) >> 31 != 0 ? -level : level;
}

struct LuqScaleOnDevice {
  float alpha, inverse;
};

// Of M >= 0; 0 where M is not quantizable.
LUQSIM_HOST_DEVICE inline LuqScaleOnDevice luq_scale_of(float max_abs, Rounding rounding, Alpha alpha,
                                                        int top_exponent) {
  if (!quantizable(max_abs)) return {0.0F, 0.0F};
  if (rounding == Rounding::int4_sr) return {max_abs / 7.0F, 7.0F / max_abs};
  const std::uint32_t power = static_cast<std::uint32_t>(top_exponent) << 23;
  if (alpha == Alpha::pow2) {
    // Up to the next power of two, 2^(field - 127): any fraction bit carries into the exponent. It may be 2^128: half.
    const std::uint32_t field = (float_bits(max_abs) + 0x7FFFFFU) >> 23;
    return {float_from((field - 1) << 23) * float_from(one_bits + 0x800000U - power),
            float_from(2 * one_bits + power - (field << 23))};
  }
  return {max_abs * float_from(one_bits - power), float_from(one_bits + power) / max_abs};
}

}  // namespace luqsim::cuda

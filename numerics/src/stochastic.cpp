#include "luqsim/numerics/stochastic.h"

#include <algorithm>
#include <cmath>

namespace luqsim {

std::uint32_t encode_saturating(Format format, float value) {
  if (std::isnan(value)) return encode(format, value);
  const double max = format_info(format).max;
  return encode(format, std::clamp(double{value}, -max, max));
}

std::uint32_t encode_stochastic(Format format, float value, std::uint32_t random, int bits) {
  if (std::isnan(value)) return encode(format, value);
  const double max = format_info(format).max, magnitude = std::min(std::fabs(double{value}), max);
  std::uint32_t code = encode(format, magnitude);
  // Codes of positive numbers grow with the value, so the next lower code is the next lower number.
  if (decode(format, code) > magnitude) --code;
  const double below = decode(format, code);
  double rounded = below;
  if (magnitude > below) {
    // binary64 holds all of this: `magnitude` has 24 significant bits and the steps are powers of two.
    const double above = decode(format, code + 1), fraction = (magnitude - below) / (above - below);
    const double one = std::ldexp(1.0, bits + 1);
    if (fraction * one >= one - (2.0 * random + 1.0)) rounded = above;
  }
  return encode(format, std::copysign(rounded, double{value}));
}

}  // namespace luqsim

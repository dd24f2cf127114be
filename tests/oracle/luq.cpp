#include "oracle/luq.h"

#include <algorithm>
#include <cmath>

#include "oracle/exact.h"

namespace oracle {
namespace {

// r = significand * 2^exponent with an integer significand below 2^24.
struct Parts {
  std::int64_t significand;
  int exponent;
};
Parts parts_of(float r) {
  int exponent = 0;
  const float fraction = std::frexp(r, &exponent);
  return {static_cast<std::int64_t>(std::ldexp(fraction, 24)), exponent - 24};
}

// fraction + (2u + 1) / 2^(B + 1) >= 1 for a fraction in [0, 1): both sides times 2^(B + 1 - exponent) are integers.
bool stochastically_up(float fraction, std::uint64_t u, int bits) {
  const Parts f = parts_of(fraction);
  if (f.exponent < -42) return false;  // fraction < 2^-18, below every 1 - (2u + 1) / 2^(B + 1) >= 2^-17
  const std::int64_t one = std::int64_t{1} << (bits + 1), random = static_cast<std::int64_t>(2 * u + 1);
  return f.significand * one >= (one - random) << -f.exponent;
}

// floor(log2 r) for r >= 1.
int floor_log2_of(float r) {
  int k = 0;
  while (k < 127 && std::ldexp(1.0F, k + 1) <= r) ++k;
  return k;
}

// (r - 2^k) / 2^k; every step is exact in binary32.
float fraction_of(float r, int k) { return std::ldexp(r - std::ldexp(1.0F, k), -k); }

int logarithmic_level(float r, std::uint64_t u, const LuqSettings& s) {
  const bool stochastic_in_range = s.rounding == LuqRounding::luq || s.rounding == LuqRounding::sr;
  const bool stochastic_below = s.rounding == LuqRounding::luq || s.rounding == LuqRounding::rdnp_su;
  if (r < 1) return stochastic_below && stochastically_up(r, u, s.bits) ? 1 : 0;
  if (r >= std::ldexp(1.0F, s.top)) return s.top + 1;
  const int k = floor_log2_of(r);
  const float fraction = fraction_of(r, k);
  const bool up = stochastic_in_range ? stochastically_up(fraction, u, s.bits) : fraction >= 0.5F;
  return k + (up ? 1 : 0) + 1;
}

int uniform_level(float r, std::uint64_t u, const LuqSettings& s) {
  if (r >= 7) return 7;
  const int whole = static_cast<int>(r);
  return whole + (stochastically_up(r - static_cast<float>(whole), u, s.bits) ? 1 : 0);
}

}  // namespace

LuqUnits luq_units(float max_abs, const LuqSettings& s) {
  const Rational m = exact(max_abs);
  if (m < power_of_two(-120)) return {};
  if (s.rounding == LuqRounding::int4_sr) return {round_binary32(m / 7), round_binary32(7 / m)};
  if (!s.power_of_two_alpha) return {round_binary32(m * power_of_two(-s.top)), round_binary32(power_of_two(s.top) / m)};
  const int below = floor_log2(m), ceil_log2 = m == power_of_two(below) ? below : below + 1;
  return {round_binary32(power_of_two(ceil_log2 - s.top)), round_binary32(power_of_two(s.top - ceil_log2))};
}

float luq_ratio(float x, float inverse) { return round_binary32(abs(exact(x)) * exact(inverse)); }

int luq_level(float r, std::uint64_t u, const LuqSettings& s) {
  return s.rounding == LuqRounding::int4_sr ? uniform_level(r, u, s) : logarithmic_level(r, u, s);
}

int luq_value(int level, const LuqSettings& s) {
  if (s.rounding == LuqRounding::int4_sr || level == 0) return level;
  const int magnitude = 1 << (std::abs(level) - 1);
  return level < 0 ? -magnitude : magnitude;
}

std::vector<int> luq_levels(const std::vector<float>& x, std::uint64_t first, LuqUnits units, const LuqSettings& s,
                            const Stream& stream) {
  Stream shared = stream;
  shared.step = stream.step / s.reuse;
  std::vector<int> levels;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (units.alpha == 0) {
      levels.push_back(0);
      continue;
    }
    const std::uint64_t u = random16(shared, first + i) >> (16 - s.bits);
    const int level = luq_level(luq_ratio(x[i], units.inverse), u, s);
    levels.push_back(x[i] < 0 ? -level : level);
  }
  return levels;
}

float hindsight(float measured, float estimate, float eta) {
  const float rest = round_binary32(1 - exact(eta));
  const float now = round_binary32(exact(rest) * exact(measured));
  const float before = round_binary32(exact(eta) * exact(estimate));
  return round_binary32(exact(now) + exact(before));
}

}  // namespace oracle

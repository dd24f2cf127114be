#include "luqsim/numerics/sawb.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

#include "packing.h"
#include "vectorize.h"

namespace luqsim {
namespace {

// Adding and subtracting 1.5 * 2^23 rounds |v| < 2^22 to the nearest even integer.
inline float round_to_integer(float v) { return (v + 12582912.0F) - 12582912.0F; }

// x * scale_1 * scale_2, two powers of two because one may not fit binary32; the first product is inexact only where
// the result rounds to 0 anyway.
LUQSIM_VECTORIZE void add_moments(const float* x, std::size_t n, float scale_1, float scale_2, std::uint64_t& sum,
                                  std::uint64_t& sum_of_squares) {
  std::uint64_t s1 = 0, s2 = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const auto v =
        static_cast<std::uint32_t>(static_cast<std::int32_t>(round_to_integer(std::fabs(x[i]) * scale_1 * scale_2)));
    s1 += v;
    s2 += std::uint64_t{v} * v;
  }
  sum = s1;
  sum_of_squares = s2;
}

LUQSIM_VECTORIZE void round_levels(const float* __restrict x, std::size_t n, float inverse, float low, float high,
                                   std::int8_t* __restrict out) {
  for (std::size_t i = 0; i < n; ++i) {
    const float v = x[i] * inverse;
    // The bounds are integers, so clamping first gives the same level and keeps the rounding trick in its range.
    const float clipped = v < low ? low : v > high ? high : v;
    out[i] = static_cast<std::int8_t>(static_cast<std::int32_t>(round_to_integer(clipped)));
  }
}

constexpr std::uint64_t max_count = std::uint64_t{1} << 27;

float levels_of(Format format) {
  if (format != Format::int4 && format != Format::uint4)
    throw std::invalid_argument("sawb format: " + std::string(name_of(format)) + "; wanted int4 or uint4");
  return format == Format::int4 ? 7.0F : 15.0F;
}

}  // namespace

SawbMoments sawb_moments(std::span<const float> x, float max_abs) {
  SawbMoments moments{x.size(), std::ilogb(max_abs), 0, 0};
  const int shift = 17 - moments.exponent, half = shift / 2;
  add_moments(x.data(), x.size(), std::ldexp(1.0F, half), std::ldexp(1.0F, shift - half), moments.sum,
              moments.sum_of_squares);
  return moments;
}

SawbConfig fitted_sawb(Format format) {
  return format == Format::uint4 ? SawbConfig{format, 12.68, 12.80} : SawbConfig{.format = format};
}

SawbMoments& operator+=(SawbMoments& a, const SawbMoments& b) {
  a.exponent = a.count == 0 ? b.exponent : a.exponent;
  a.count += b.count;
  a.sum += b.sum;
  a.sum_of_squares += b.sum_of_squares;
  return a;
}

float sawb_scale(const SawbMoments& moments, float max_abs, const SawbConfig& config) {
  const float levels = levels_of(config.format);
  if (moments.count > max_count)
    throw std::length_error("sawb: " + std::to_string(moments.count) + " elements; exact moments hold at most 2^27");
  if (max_abs < smallest_max_abs) return 0;
  const auto n = static_cast<double>(moments.count);
  const double rms = std::sqrt(static_cast<double>(moments.sum_of_squares) / n);
  const double mean = static_cast<double>(moments.sum) / n;
  const double clip = std::ldexp(config.c1 * rms - config.c2 * mean, moments.exponent - 17);
  const auto scale = static_cast<float>(clip / levels);
  const bool usable = clip > 0 && clip <= max_abs && scale >= std::numeric_limits<float>::min();
  return usable ? scale : static_cast<float>(static_cast<double>(max_abs) / levels);
}

void sawb_levels(std::span<const float> x, float scale, Format format, std::span<std::int8_t> out) {
  const float high = levels_of(format), low = format == Format::int4 ? -high : 0.0F;
  if (scale == 0) {
    std::fill(out.begin(), out.end(), std::int8_t{0});
    return;
  }
  round_levels(x.data(), x.size(), 1.0F / scale, low, high, out.data());
}

SawbResult sawb_quantize(std::span<const float> x, std::size_t rows, std::size_t cols, const SawbConfig& config) {
  check_size(x.size(), rows, cols);
  SawbResult result;
  result.measured = max_abs(x);
  if (result.measured.status != QuantizeStatus::ok) return result;
  if (result.measured.max_abs >= smallest_max_abs) result.moments = sawb_moments(x, result.measured.max_abs);
  result.scale = sawb_scale(result.moments, result.measured.max_abs, config);
  result.codes = quantize_packed(config.format, rows, cols, [&](std::size_t first, std::span<std::int8_t> levels) {
    sawb_levels(x.subspan(first, levels.size()), result.scale, config.format, levels);
  });
  return result;
}

}  // namespace luqsim

#include "oracle/sawb.h"

#include <algorithm>
#include <cmath>

namespace oracle {
namespace {

double divide(double a, double b) { return round_binary64(exact(a) / exact(b)); }
double multiply(double a, double b) { return round_binary64(exact(a) * exact(b)); }
double subtract(double a, double b) { return round_binary64(exact(a) - exact(b)); }

// Of a binary64 number >= 0, correctly rounded.
double square_root(double x) {
  if (x == 0) return 0;
  const Rational value = exact(x);
  // sqrt(x) * 2^s has at least 60 integer bits; what lies below them only matters in being zero or not.
  const int s = 60 - floor_log2(value) / 2 + 1;
  const Integer scaled = floor(value * power_of_two(2 * s));
  const Integer root = sqrt(scaled);
  const bool is_exact = Rational(root * root) == value * power_of_two(2 * s);
  return round_binary64((Rational(root) + (is_exact ? Rational(0) : Rational(1, 2))) * power_of_two(-s));
}

}  // namespace

float max_magnitude(const std::vector<float>& x) {
  float largest = 0;
  for (const float v : x) largest = std::max(largest, std::fabs(v));
  return largest;
}

Moments sawb_moments(const std::vector<float>& x, float max_abs) {
  Moments m{floor_log2(exact(max_abs)), 0, 0};
  for (const float v : x) {
    const Integer scaled = round_to_even(abs(exact(v)) * power_of_two(17 - m.exponent));
    m.sum += scaled;
    m.sum_of_squares += scaled * scaled;
  }
  return m;
}

float sawb_scale(const std::vector<float>& x, const SawbSettings& settings) {
  const float max_abs = max_magnitude(x);
  if (exact(max_abs) < power_of_two(-120)) return 0;
  const Moments m = sawb_moments(x, max_abs);
  const auto n = static_cast<double>(x.size()), levels = settings.is_signed ? 7.0 : 15.0;
  const double rms = square_root(divide(round_binary64(Rational(m.sum_of_squares)), n));
  const double mean = divide(round_binary64(Rational(m.sum)), n);
  const double difference = subtract(multiply(settings.c1, rms), multiply(settings.c2, mean));
  const Rational clip = exact(difference) * power_of_two(m.exponent - 17);
  const Rational scale = exact(divide(round_binary64(clip), levels));
  if (clip > 0 && clip <= exact(max_abs) && exact(round_binary32(scale)) >= power_of_two(-126))
    return round_binary32(scale);
  return round_binary32(exact(divide(max_abs, levels)));
}

int sawb_level(float x, float scale, bool is_signed) {
  if (scale == 0) return 0;
  const int low = is_signed ? -7 : 0, high = is_signed ? 7 : 15;
  const float inverse = round_binary32(1 / exact(scale));
  const float product = round_binary32(exact(x) * exact(inverse));
  if (std::isinf(product)) return product < 0 ? low : high;
  const Integer nearest = round_to_even(exact(product));
  if (nearest <= low) return low;
  return nearest >= high ? high : static_cast<int>(nearest);
}

}  // namespace oracle

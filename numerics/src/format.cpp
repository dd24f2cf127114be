#include "luqsim/numerics/format.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <stdexcept>

namespace luqsim {
namespace {

constexpr std::uint32_t low_bits(int count) { return static_cast<std::uint32_t>((std::uint64_t{1} << count) - 1); }

// Magnitude codes grow with the value, so the neighbours of a code are its neighbours in value. The largest finite one:
std::uint32_t max_magnitude(const FormatInfo& f) {
  const std::uint32_t all = low_bits(f.exponent_bits + f.mantissa_bits);
  if (f.specials == Specials::ieee) return all - low_bits(f.mantissa_bits) - 1;
  return f.specials == Specials::nan_only ? all - 1 : all;
}

std::uint32_t nan_magnitude(const FormatInfo& f) {
  const std::uint32_t all = low_bits(f.exponent_bits + f.mantissa_bits);
  return f.specials == Specials::ieee ? all - low_bits(f.mantissa_bits - 1) : all;
}

// The value of a magnitude code as if it were finite.
double magnitude_value(const FormatInfo& f, std::uint32_t magnitude) {
  if (f.exponent_bits == 0) return magnitude;
  const int field = static_cast<int>(magnitude >> f.mantissa_bits);
  const auto mantissa = static_cast<double>(magnitude & low_bits(f.mantissa_bits));
  if (field == 0 && f.is_signed) return std::ldexp(mantissa, 1 - f.bias - f.mantissa_bits);
  return std::ldexp(1.0 + std::ldexp(mantissa, -f.mantissa_bits), field - f.bias);
}

// The largest magnitude code whose value is <= v, or one above the finite ones. v > 0, finite.
std::uint32_t floor_magnitude(const FormatInfo& f, double v) {
  const std::uint32_t limit = max_magnitude(f) + 1;
  if (v >= magnitude_value(f, limit)) return limit;
  if (f.exponent_bits == 0) return static_cast<std::uint32_t>(v);
  const int exponent = std::ilogb(v), smallest_normal = f.is_signed ? 1 - f.bias : -f.bias;
  if (exponent < smallest_normal)
    return f.is_signed ? static_cast<std::uint32_t>(std::ldexp(v, f.mantissa_bits + f.bias - 1)) : 0;
  const auto field = static_cast<std::uint32_t>(exponent + f.bias);
  const double fraction = std::ldexp(v, -exponent) - 1.0;
  return (field << f.mantissa_bits) + static_cast<std::uint32_t>(std::ldexp(fraction, f.mantissa_bits));
}

std::uint32_t nearest_magnitude(const FormatInfo& f, double v) {
  if (v == 0) return 0;
  const std::uint32_t largest = max_magnitude(f), overflow = f.overflows_to_infinity ? largest + 1 : largest;
  if (std::isinf(v)) return overflow;
  const std::uint32_t below = floor_magnitude(f, v);
  if (below > largest) return overflow;
  const double down = v - magnitude_value(f, below), up = magnitude_value(f, below + 1) - v;
  const std::uint32_t nearest = below + (up < down || (up == down && below % 2 == 1) ? 1 : 0);
  return std::min(nearest, overflow);
}

std::uint32_t encode_integer(const FormatInfo& f, double value) {
  const double low = f.is_signed ? -f.max : 0.0;
  const double rounded = std::nearbyint(std::clamp(value, low, f.max));  // RNE: the default rounding direction
  return static_cast<std::uint32_t>(static_cast<std::int32_t>(rounded)) & low_bits(f.bits);
}

}  // namespace

double decode(Format format, std::uint32_t code) {
  const FormatInfo& f = format_info(format);
  code &= low_bits(f.bits);
  const bool sign_bit = f.is_signed && (code >> (f.bits - 1)) != 0;
  if (f.exponent_bits == 0) return static_cast<double>(code) - (sign_bit ? static_cast<double>(1 << f.bits) : 0.0);
  const std::uint32_t magnitude = code & low_bits(f.exponent_bits + f.mantissa_bits);
  double value = magnitude_value(f, magnitude);
  if (magnitude > max_magnitude(f)) {
    const bool infinite = f.specials == Specials::ieee && magnitude == max_magnitude(f) + 1;
    value = infinite ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
  }
  return sign_bit ? -value : value;
}

std::uint32_t encode(Format format, double value) {
  const FormatInfo& f = format_info(format);
  if (std::isnan(value)) {
    if (f.specials == Specials::none) throw std::domain_error("format " + std::string(name_of(format)) + " has no NaN");
    return nan_magnitude(f);
  }
  if (f.exponent_bits == 0) return encode_integer(f, value);
  if (!f.is_signed && value <= 0)
    throw std::domain_error("format " + std::string(name_of(format)) + " holds only positive numbers");
  const std::uint32_t magnitude = nearest_magnitude(f, std::fabs(value));
  // fp4_e3m0 has one zero: code 0.
  const bool negative = std::signbit(value) && !(format == Format::fp4_e3m0 && magnitude == 0);
  return magnitude | (negative ? std::uint32_t{1} << (f.bits - 1) : 0);
}

std::string print_code(Format format, std::uint32_t code) {
  char text[64];
  const FormatInfo& f = format_info(format);
  std::snprintf(text, sizeof text, "0x%0*x (%.9g)", (f.bits + 3) / 4, code & low_bits(f.bits), decode(format, code));
  return text;
}

}  // namespace luqsim

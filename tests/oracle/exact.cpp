#include "oracle/exact.h"

#include <cmath>
#include <limits>

namespace oracle {
namespace {

// A dyadic rational that binary64 holds, without rounding.
double to_double(const Rational& x) {
  const Integer n = numerator(x);
  const int shift = static_cast<int>(msb(denominator(x)));
  return std::ldexp(n.convert_to<double>(), -shift);
}

double round_to_machine(const Rational& x, Shape shape) {
  const std::optional<Rational> rounded = round_to(x, shape);
  if (!rounded) return x < 0 ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
  return std::copysign(to_double(*rounded), x < 0 ? -1.0 : 1.0);
}

}  // namespace

Rational power_of_two(int exponent) {
  const Integer power = Integer(1) << std::abs(exponent);
  return exponent >= 0 ? Rational(power) : Rational(Integer(1), power);
}

Rational exact(double finite) {
  int exponent = 0;
  const double fraction = std::frexp(finite, &exponent);
  return Rational(Integer(static_cast<long long>(std::ldexp(fraction, 53)))) * power_of_two(exponent - 53);
}

int floor_log2(const Rational& x) {
  const int estimate = static_cast<int>(msb(numerator(x))) - static_cast<int>(msb(denominator(x)));
  return power_of_two(estimate) <= x ? estimate : estimate - 1;
}

Integer floor(const Rational& x) {
  const Integer quotient = numerator(x) / denominator(x);  // truncated toward zero
  return Rational(quotient) > x ? Integer(quotient - 1) : quotient;
}

Integer round_to_even(const Rational& x) {
  const Integer below = floor(x);
  const Rational twice_fraction = 2 * (x - Rational(below));
  if (twice_fraction < 1) return below;
  if (twice_fraction > 1) return below + 1;
  return below % 2 == 0 ? below : Integer(below + 1);
}

std::optional<Rational> round_to(const Rational& x, Shape shape) {
  if (x == 0) return x;
  const int exponent = std::max(floor_log2(abs(x)), shape.min_exponent);
  const int last_place = exponent - (shape.precision - 1);
  const Rational rounded = Rational(round_to_even(x * power_of_two(-last_place))) * power_of_two(last_place);
  if (abs(rounded) >= power_of_two(shape.max_exponent + 1)) return std::nullopt;
  return rounded;
}

float round_binary32(const Rational& x) { return static_cast<float>(round_to_machine(x, binary32)); }
double round_binary64(const Rational& x) { return round_to_machine(x, binary64); }

}  // namespace oracle

// Exact numbers and their rounding: every floating-point result of the oracle is a rational rounded here, once.
#pragma once
#include <optional>

#include <boost/multiprecision/cpp_int.hpp>

namespace oracle {

using Integer = boost::multiprecision::cpp_int;
using Rational = boost::multiprecision::cpp_rational;

Rational power_of_two(int exponent);
// The value of a finite number (binary32 widens exactly).
Rational exact(double finite);

// floor(log2 x), x > 0.
int floor_log2(const Rational& x);
Integer floor(const Rational& x);
// The nearest integer, ties to even.
Integer round_to_even(const Rational& x);

// A binary floating-point format by the exponents of its normal numbers.
struct Shape {
  int precision;  // bits of the significand, the leading one included
  int min_exponent, max_exponent;
};
inline constexpr Shape binary16{11, -14, 15}, bfloat16{8, -126, 127}, binary32{24, -126, 127},
    binary64{53, -1022, 1023};

// The nearest number of the format, ties to even, subnormals included; nothing when that overflows to infinity.
std::optional<Rational> round_to(const Rational& x, Shape shape);
// The same as machine numbers, infinity on overflow. A zero result has the sign of x (+0 for x = 0).
float round_binary32(const Rational& x);
double round_binary64(const Rational& x);

}  // namespace oracle

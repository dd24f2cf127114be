#include "oracle/dot_model.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <optional>

#include "oracle/format.h"

namespace oracle {
namespace {

// A term as the hardware sees it: an exact value and the exponent that it is aligned by.
struct Term {
  Rational value = 0;
  int exponent = 0;
};

Rational truncate(const Rational& x) { return x < 0 ? -Rational(floor(-x)) : Rational(floor(x)); }

// Exponent of the smallest normal number of a format.
int smallest_exponent(const std::string& format) { return format == "bf16" ? -126 : format == "fp8_e4m3" ? -6 : -14; }

int exponent_of(const Rational& value, int smallest) {
  return value == 0 ? smallest : std::max(floor_log2(abs(value)), smallest);
}

float infinity(bool negative) {
  return negative ? -std::numeric_limits<float>::infinity() : std::numeric_limits<float>::infinity();
}

// To `fraction` bits toward zero, numbers below 2^-126 in units of the smallest normal's last place.
float round_toward_zero(const Rational& x, int fraction) {
  const int exponent = exponent_of(x, -126);
  const Rational unit = power_of_two(exponent - fraction), rounded = truncate(x / unit) * unit;
  if (abs(rounded) >= power_of_two(128)) return infinity(x < 0);
  return std::copysign(round_binary32(abs(rounded)), x < 0 ? -1.0F : 1.0F);
}

float round_output(const Rational& x, const std::string& out) {
  if (out == "fp32") return round_toward_zero(x, 23);
  if (out == "e8m13") return round_toward_zero(x, 13);
  const std::optional<Rational> rounded = round_to(x, binary16);
  if (!rounded) return infinity(x < 0);
  return std::copysign(round_binary32(abs(*rounded)), x < 0 ? -1.0F : 1.0F);
}

// The value that NaN and infinity among the terms decide; nothing where every term is finite.
std::optional<float> special(const std::vector<Decoded>& a, const std::vector<Decoded>& b, float c) {
  using Kind = Decoded::Kind;
  bool invalid = std::isnan(c), up = std::isinf(c) && c > 0, down = std::isinf(c) && c < 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const Decoded &x = a[i], &y = b[i];
    if (x.kind == Kind::nan || y.kind == Kind::nan) invalid = true;
    if (x.kind != Kind::infinity && y.kind != Kind::infinity) continue;
    const auto is_zero = [](const Decoded& d) { return d.kind == Kind::finite && d.magnitude == 0; };
    if (is_zero(x) || is_zero(y)) invalid = true;
    (x.negative != y.negative ? down : up) = true;
  }
  if (invalid || (up && down)) return std::bit_cast<float>(0x7FFFFFFFU);
  if (up || down) return infinity(down);
  return std::nullopt;
}

}  // namespace

float dot_step(const DotSettings& s, const std::string& a_format, const std::vector<std::uint16_t>& a,
               const std::string& b_format, const std::vector<std::uint16_t>& b, float c) {
  std::vector<Decoded> x, y;
  for (const std::uint16_t code : a) x.push_back(code_book(a_format).codes[code]);
  for (const std::uint16_t code : b) y.push_back(code_book(b_format).codes[code]);
  if (const auto result = special(x, y, c)) return *result;

  std::vector<Term> terms{{exact(c), exponent_of(exact(c), s.out == "fp16" ? -14 : -126)}};
  for (std::size_t i = 0; i < x.size(); ++i) {
    const Rational left = x[i].negative ? -x[i].magnitude : x[i].magnitude;
    const Rational right = y[i].negative ? -y[i].magnitude : y[i].magnitude;
    terms.push_back({left * right,
                     exponent_of(left, smallest_exponent(a_format)) + exponent_of(right, smallest_exponent(b_format))});
  }
  int largest = -126;
  for (const Term& term : terms)
    if (term.value != 0) largest = std::max(largest, term.exponent);
  const Rational unit = power_of_two(largest - s.fraction_bits);
  Rational sum = 0;
  for (const Term& term : terms) sum += truncate(term.value / unit) * unit;
  return sum == 0 ? 0.0F : round_output(sum, s.out);
}

float dot(const DotSettings& s, const std::string& a_format, const std::vector<std::uint16_t>& a,
          const std::string& b_format, const std::vector<std::uint16_t>& b, float c) {
  const auto terms = static_cast<std::size_t>(s.terms), instruction = terms * static_cast<std::size_t>(s.chain);
  std::vector<std::uint16_t> x = a, y = b;
  while (x.size() % instruction != 0) {
    x.push_back(0);
    y.push_back(0);
  }
  for (std::size_t first = 0; first < x.size(); first += terms) {
    const auto part = [&](const std::vector<std::uint16_t>& v) {
      const auto begin = v.begin() + static_cast<std::ptrdiff_t>(first);
      return std::vector<std::uint16_t>(begin, begin + static_cast<std::ptrdiff_t>(terms));
    };
    c = dot_step(s, a_format, part(x), b_format, part(y), c);
  }
  return c;
}

}  // namespace oracle

#include "oracle/accumulator.h"

#include <cmath>
#include <limits>

namespace oracle {
namespace {

double add(double a, double b, Shape shape) {
  if (!std::isfinite(a) || !std::isfinite(b)) return a + b;
  const Rational sum = exact(a) + exact(b);
  const std::optional<Rational> rounded = round_to(sum, shape);
  if (!rounded) return sum < 0 ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
  return round_binary64(*rounded);
}

}  // namespace

IntegerSum sum_integers(const std::vector<std::int32_t>& terms, int bits, bool saturate) {
  const Integer range = Integer(1) << bits, high = range / 2 - 1, low = -range / 2;
  IntegerSum sum;
  for (const std::int32_t term : terms) {
    sum.value += term;
    if (sum.value >= low && sum.value <= high) continue;
    ++sum.overflows;
    const bool above = sum.value > high;
    if (saturate) {
      sum.value = above ? high : low;
    } else {
      while (sum.value > high) sum.value -= range;
      while (sum.value < low) sum.value += range;
    }
  }
  return sum;
}

double sum_floats(const std::vector<std::int32_t>& terms, Shape shape) {
  double sum = 0;
  for (const std::int32_t term : terms) sum = add(sum, term, shape);
  return sum;
}

double sum_chunks(const std::vector<std::int32_t>& terms, std::size_t length) {
  double outer = 0;
  for (std::size_t first = 0; first < terms.size(); first += length) {
    const auto begin = terms.begin() + static_cast<std::ptrdiff_t>(first);
    const auto end = terms.begin() + static_cast<std::ptrdiff_t>(std::min(terms.size(), first + length));
    outer = add(outer, sum_floats({begin, end}, binary16), binary16);
  }
  return outer;
}

}  // namespace oracle

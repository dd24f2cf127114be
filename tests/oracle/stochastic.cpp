#include "oracle/stochastic.h"

#include <algorithm>
#include <map>

namespace oracle {
namespace {

// The finite magnitudes of positive codes, ascending.
const std::vector<Rational>& magnitudes(const CodeBook& book) {
  static std::map<std::string, std::vector<Rational>> cache;
  std::vector<Rational>& all = cache[book.name];
  if (!all.empty()) return all;
  for (const Decoded& d : book.codes)
    if (d.kind == Decoded::Kind::finite && !d.negative) all.push_back(d.magnitude);
  std::ranges::sort(all);
  return all;
}

}  // namespace

Rational largest_magnitude(const CodeBook& book) { return magnitudes(book).back(); }

std::uint32_t nearest_finite(const CodeBook& book, const Rational& magnitude, bool negative) {
  return nearest_code(book, std::min(magnitude, largest_magnitude(book)), negative);
}

std::uint32_t stochastic_code(const CodeBook& book, const Rational& magnitude, bool negative, std::uint64_t u,
                              int bits) {
  const std::vector<Rational>& all = magnitudes(book);
  const auto above = std::upper_bound(all.begin(), all.end(), magnitude);
  const Rational& low = *(above - 1);
  if (above == all.end()) return nearest_code(book, low, negative);
  const Rational part = (magnitude - low) / (*above - low), random = Rational(2 * u + 1) * power_of_two(-bits - 1);
  return nearest_code(book, part + random >= 1 ? *above : low, negative);
}

}  // namespace oracle

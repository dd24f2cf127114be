// Rounding the elements of a scaled tensor one by one, each with its own random number.
#pragma once
#include <algorithm>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>

#include "luqsim/numerics/philox.h"
#include "luqsim/numerics/stochastic.h"

namespace luqsim {

inline void check_random_bits(const char* what, int bits) {
  if (bits < 1 || bits > 16)
    throw std::invalid_argument(std::string(what) + " random_bits: " + std::to_string(bits) + "; wanted 1 to 16");
}

struct ElementRule {
  Format format;
  ElementRounding rounding;
  int random_bits;

  std::uint32_t code(float r, std::uint16_t lane) const {
    if (rounding == ElementRounding::nearest) return encode_saturating(format, r);
    return encode_stochastic(format, r, static_cast<std::uint32_t>(lane >> (16 - random_bits)), random_bits);
  }
};

// Calls visit(i, lane) for i = 0 .. count - 1 with the random number of element first + i; with 0 for `nearest`.
template <class Visit>
void visit_elements(const ElementRule& rule, const RandomStream& stream, std::uint64_t first, std::size_t count,
                    Visit visit) {
  constexpr std::size_t chunk = 2048;
  std::uint16_t lanes[chunk + 8] = {};
  for (std::size_t done = 0; done < count;) {
    const std::uint64_t element = first + done, aligned = element / 8 * 8;
    const std::size_t n = std::min(chunk, count - done), skipped = element - aligned;
    if (rule.rounding == ElementRounding::stochastic) fill_random_lanes(stream, aligned, std::span(lanes, skipped + n));
    for (std::size_t i = 0; i < n; ++i) visit(done + i, lanes[skipped + i]);
    done += n;
  }
}

}  // namespace luqsim

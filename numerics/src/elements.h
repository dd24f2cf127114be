// Rounding the elements of a scaled tensor one by one, each with its own random number.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "luqsim/numerics/stochastic.h"

#include "random_lanes.h"

namespace luqsim {

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
  visit_lanes(stream, rule.rounding == ElementRounding::stochastic, first, count,
              [&](std::size_t done, std::span<const std::uint16_t> lanes) {
                for (std::size_t i = 0; i < lanes.size(); ++i) visit(done + i, lanes[i]);
              });
}

}  // namespace luqsim

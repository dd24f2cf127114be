// What the quantizers that round stochastically share.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>

#include "luqsim/numerics/philox.h"

namespace luqsim {

inline void check_random_bits(const char* what, int bits) {
  if (bits < 1 || bits > 16)
    throw std::invalid_argument(std::string(what) + " random_bits: " + std::to_string(bits) + "; wanted 1 to 16");
}

// Calls visit(done, lanes) for runs of elements that follow each other: `lanes` holds the random numbers of elements
// first + done, first + done + 1, ..., a few kilobytes at most. They are zeros unless `drawn`.
template <class Visit>
void visit_lanes(const RandomStream& stream, bool drawn, std::uint64_t first, std::size_t count, Visit visit) {
  constexpr std::size_t run = 2048;
  std::uint16_t lanes[run + 8] = {};
  for (std::size_t done = 0; done < count;) {
    const std::uint64_t element = first + done, aligned = element / 8 * 8;
    const std::size_t n = std::min(run, count - done), skipped = element - aligned;
    if (drawn) fill_random_lanes(stream, aligned, std::span(lanes, skipped + n));
    visit(done, std::span<const std::uint16_t>(lanes + skipped, n));
    done += n;
  }
}

}  // namespace luqsim

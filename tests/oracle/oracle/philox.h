// Philox4x32-10 as published (Salmon et al., SC'11, section 3.3), and its use as one 16-bit number an element.
#pragma once
#include <array>
#include <cstdint>

namespace oracle {

using Words4 = std::array<std::uint64_t, 4>;  // each below 2^32
using Words2 = std::array<std::uint64_t, 2>;

Words4 philox4x32_10(Words4 counter, Words2 key);

struct Stream {
  std::uint64_t seed = 0, tensor = 0, step = 0, sample = 0;
};

// The 16-bit number of one element.
std::uint32_t random16(const Stream& stream, std::uint64_t element);

}  // namespace oracle

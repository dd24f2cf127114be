// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC'11), addressed by element.
#pragma once
#include <array>
#include <cstdint>
#include <span>

namespace luqsim {

std::array<std::uint32_t, 4> philox4x32_10(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key);

// Names one sequence of 16-bit random numbers, one for each element of a tensor. A number depends on these and on the
// element's row-major index alone: never on tiling, threads or launch geometry.
struct RandomStream {
  std::uint64_t seed = 0;
  std::uint32_t tensor = 0;
  std::uint32_t step = 0;    // < 2^24
  std::uint32_t sample = 0;  // < 2^8

  bool operator==(const RandomStream&) const = default;
};

// The block of elements 8 block .. 8 block + 7: key (seed lo, hi), counter (block lo, hi, tensor, step * 256 + sample).
// Element 8 block + j takes lane j: word j / 2, low half first. Throws std::out_of_range for step or sample.
std::array<std::uint16_t, 8> random_block(const RandomStream& stream, std::uint64_t block);
std::uint16_t random_lane(const RandomStream& stream, std::uint64_t element);

// The lanes of elements first .. first + out.size() - 1; `first` must be a multiple of 8 (std::invalid_argument). Other
// errors as random_block.
void fill_random_lanes(const RandomStream& stream, std::uint64_t first, std::span<std::uint16_t> out);

}  // namespace luqsim

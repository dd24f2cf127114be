// Packed codes as kernels read them.
#pragma once
#include <stdexcept>
#include <string>

#include "luqsim/cuda/quantize.h"

#include "elements/codes.h"

namespace luqsim::cuda {

struct Packed {
  const std::uint8_t* bytes;
  std::uint64_t rows, cols, row_bytes;

  // 0 outside the matrix: the code of zero.
  __device__ std::uint32_t code(std::uint64_t row, std::uint64_t col) const {
    if (row >= rows || col >= cols) return 0;
    return bytes[row * row_bytes + col / 2] >> 4 * (col % 2) & 0xF;
  }
  // Columns col and col + 1; col even.
  __device__ std::uint32_t pair(std::uint64_t row, std::uint64_t col) const {
    return row < rows && col < cols ? bytes[row * row_bytes + col / 2] : 0;
  }
};

inline Packed packed(const std::uint8_t* codes, Shape shape) {
  return {codes, shape.rows, shape.cols, packed_row_bytes(shape.cols)};
}

constexpr unsigned tile = 64;
// codes[col][row]; 4 bytes beyond a row of the tile spread its columns over the banks.
using TransposedTile = std::uint8_t[tile][tile + 4];

// All threads of a block read a tile of codes, 0 outside the matrix, and wait for each other.
__device__ inline void read_tile(const Packed& from, std::uint64_t first_row, std::uint64_t first_col,
                                 TransposedTile& codes) {
  for (unsigned i = threadIdx.x; i < tile * tile / 2; i += blockDim.x) {
    const unsigned row = i / (tile / 2), col = i % (tile / 2) * 2;
    const std::uint32_t pair = from.pair(first_row + row, first_col + col);
    codes[col][row] = static_cast<std::uint8_t>(pair & 0xF);
    codes[col + 1][row] = static_cast<std::uint8_t>(pair >> 4);
  }
  __syncthreads();
}

template <Format f>
struct FormatTag {
  static constexpr Format value = f;
};

// Calls f with the tag of a format that has integer values.
template <class F>
void with_format(Format format, F f) {
  switch (format) {
    case Format::int4:
      return f(FormatTag<Format::int4>{});
    case Format::uint4:
      return f(FormatTag<Format::uint4>{});
    case Format::fp4_e3m0:
      return f(FormatTag<Format::fp4_e3m0>{});
    default:
      throw std::invalid_argument("codes of format " + std::string(name_of(format)) +
                                  " have no small integer values; wanted int4, uint4 or fp4_e3m0");
  }
}

}  // namespace luqsim::cuda

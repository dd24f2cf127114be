// Quantizing straight into packed codes: levels exist only in a buffer that stays in the first-level cache.
#pragma once
#include <algorithm>
#include <array>

#include "luqsim/numerics/tensor.h"

namespace luqsim {

// Throws std::invalid_argument unless `size` is rows * cols.
void check_size(std::size_t size, std::size_t rows, std::size_t cols);

// Packs a run of levels that starts at an even column; an odd last level gets a byte of its own.
void pack_run(Format format, std::span<const std::int8_t> levels, std::uint8_t* out);

// `fill(first, levels)` computes the levels of elements first .. first + levels.size() - 1, row-major, in order.
template <class Fill>
CodeTensor quantize_packed(Format format, std::size_t rows, std::size_t cols, Fill fill) {
  constexpr std::size_t chunk = 4096;
  std::array<std::int8_t, chunk> levels;
  CodeTensor tensor{format, rows, cols, std::vector<std::uint8_t>(rows * packed_row_bytes(cols))};
  // Rows of even length follow each other without padding and count as one.
  const bool one_run = cols % 2 == 0;
  const std::size_t runs = one_run ? 1 : rows, run = one_run ? rows * cols : cols;
  for (std::size_t r = 0; r < runs; ++r)
    for (std::size_t done = 0; done < run; done += chunk) {
      const auto part = std::span(levels).first(std::min(chunk, run - done));
      fill(r * run + done, part);
      pack_run(format, part, tensor.bytes.data() + r * packed_row_bytes(cols) + done / 2);
    }
  return tensor;
}

}  // namespace luqsim

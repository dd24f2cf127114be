// Matrices of 4-bit codes, packed two to a byte, and the levels (small integers) that quantizers emit and GEMMs eat.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "luqsim/numerics/format.h"

namespace luqsim {

// Bytes of one packed row: even column in the low nibble, each row padded to a whole byte.
constexpr std::size_t packed_row_bytes(std::size_t cols) { return (cols + 1) / 2; }

// A row-major matrix of packed 4-bit codes that somebody else owns (a mapped trace, for example).
struct CodeView {
  Format format = Format::int4;
  std::size_t rows = 0, cols = 0;
  std::span<const std::uint8_t> bytes;  // rows * packed_row_bytes(cols)

  std::uint8_t code(std::size_t row, std::size_t col) const {
    return static_cast<std::uint8_t>((bytes[row * packed_row_bytes(cols) + col / 2] >> (4 * (col % 2))) & 0xF);
  }
};

struct CodeTensor {
  Format format = Format::int4;
  std::size_t rows = 0, cols = 0;
  std::vector<std::uint8_t> bytes;

  CodeView view() const { return {format, rows, cols, bytes}; }
};

// Levels: int4 and uint4 are the integer itself; fp4_e3m0 is the signed exponent code (-7..7: sign of x, magnitude e).
// They are not checked. Throws std::invalid_argument for another format, or when levels.size() is not rows * cols.
CodeTensor pack_levels(Format format, std::size_t rows, std::size_t cols, std::span<const std::int8_t> levels);

// Packs levels that arrive in order, row-major, a run at a time.
class CodePacker {
 public:
  // Throws std::invalid_argument for another format than int4, uint4 or fp4_e3m0.
  CodePacker(Format format, std::size_t rows, std::size_t cols);
  // Throws std::invalid_argument for more levels than the tensor has.
  void add(std::span<const std::int8_t> levels);
  // After the last level.
  CodeTensor take() { return std::move(tensor_); }

 private:
  CodeTensor tensor_;
  std::size_t row_ = 0;               // the first that is not packed; rows of even length count as one long row
  std::vector<std::int8_t> waiting_;  // levels that do not fill a byte or a row yet
};

// Integer values of out.size() codes of one row from column `first_col` on: int4 -8..7, uint4 0..15, fp4_e3m0 0 or
// +-2^(e-1). Only these three formats have integer values that fit (std::invalid_argument). The row has as many codes.
void decode_row(const CodeView& codes, std::size_t row, std::size_t first_col, std::span<std::int8_t> out);

// All values, row-major, rows * cols; errors as decode_row.
std::vector<std::int8_t> decode_values(const CodeView& codes);

// x = RN(value * scale) of all values, row-major. Errors as decode_row, and std::invalid_argument when x.size() is not
// rows * cols.
void dequantize(const CodeView& codes, float scale, std::span<float> x);

}  // namespace luqsim

// The operand matrix of a GEMM, from stored codes and a view.
#pragma once
#include <cstdint>
#include <span>

#include "luqsim/numerics/tensor.h"
#include "luqsim/traces/record.h"

namespace luqsim {

struct MatrixShape {
  std::uint64_t rows = 0, cols = 0;
};
// Shape of the operand matrix (M x K for a, K x N for b) after the view.
MatrixShape matrix_shape(const Operand& operand);

// A block of the operand matrix as integer values, row-major into `out` (rows * cols values). `codes` holds the stored
// tensor; patches that lie outside an im2col image are 0.
void read_block(const Operand& operand, const CodeView& codes, std::uint64_t first_row, std::uint64_t rows,
                std::uint64_t first_col, std::uint64_t cols, std::span<std::int8_t> out);

}  // namespace luqsim

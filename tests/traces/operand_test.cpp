// read_block against the definition of each view, element by element.
#include "luqsim/traces/operand.h"

#include <random>
#include <stdexcept>

#include <gtest/gtest.h>

#include "im2col_reference.h"
#include "trace_files.h"

namespace luqsim {
namespace {

std::int64_t operand_value(const Operand& operand, const CodeView& codes, std::uint64_t row, std::uint64_t col) {
  const auto stored = test::viewed_element(operand.view, operand.im2col, row, col);
  return stored ? static_cast<std::int64_t>(decode(codes.format, codes.code(stored->row, stored->col))) : 0;
}

void expect_block(const Operand& operand, const CodeView& codes, std::uint64_t first_row, std::uint64_t rows,
                  std::uint64_t first_col, std::uint64_t cols) {
  // Sentinels on both sides: nothing outside the block may be written.
  std::vector<std::int8_t> buffer(rows * cols + 2, 99);
  read_block(operand, codes, first_row, rows, first_col, cols, std::span(buffer).subspan(1, rows * cols));
  ASSERT_EQ(buffer.front(), 99);
  ASSERT_EQ(buffer.back(), 99);
  for (std::uint64_t i = 0; i < rows; ++i)
    for (std::uint64_t j = 0; j < cols; ++j)
      ASSERT_EQ(buffer[1 + i * cols + j], operand_value(operand, codes, first_row + i, first_col + j))
          << name_of(operand.view) << " block at " << first_row << ", " << first_col << ", element " << i << ", " << j;
}

// The whole matrix, every corner, and blocks at random.
void expect_blocks(const Operand& operand, std::mt19937& random) {
  const CodeTensor codes =
      test::some_codes(operand.format, operand.rows, operand.cols, static_cast<unsigned>(random()));
  const MatrixShape shape = matrix_shape(operand);
  expect_block(operand, codes.view(), 0, shape.rows, 0, shape.cols);
  expect_block(operand, codes.view(), shape.rows, 0, shape.cols, 0);
  expect_block(operand, codes.view(), shape.rows - 1, 1, shape.cols - 1, 1);
  for (int i = 0; i < 12; ++i) {
    const std::uint64_t row = random() % shape.rows, col = random() % shape.cols;
    expect_block(operand, codes.view(), row, 1 + random() % (shape.rows - row), col, 1 + random() % (shape.cols - col));
  }
}

TEST(ReadBlock, DirectAndTransposed) {
  std::mt19937 random(1);
  constexpr std::uint64_t shapes[][2] = {{1, 1},   {1, 2},    {2, 1},     {7, 9},    {8, 8},   {9, 7},
                                         {16, 31}, {63, 257}, {64, 256},  {65, 255}, {3, 600}, {600, 3},
                                         {1, 515}, {515, 1},  {130, 521}, {200, 300}};
  for (const auto& [rows, cols] : shapes)
    for (const Format format : {Format::int4, Format::uint4, Format::fp4_e3m0})
      for (const View view : {View::direct, View::transposed}) {
        Operand operand{.format = format, .rows = rows, .cols = cols, .view = view};
        const MatrixShape shape = matrix_shape(operand);
        ASSERT_EQ(shape.rows, view == View::direct ? rows : cols);
        ASSERT_EQ(shape.cols, view == View::direct ? cols : rows);
        expect_blocks(operand, random);
      }
}

TEST(ReadBlock, Im2col) {
  std::mt19937 random(2);
  const Im2col geometries[] = {
      {.n = 1, .h = 1, .w = 1, .c = 1, .kernel_h = 1, .kernel_w = 1, .stride = 1, .padding = 0},
      {.n = 2, .h = 4, .w = 5, .c = 3, .kernel_h = 3, .kernel_w = 3, .stride = 1, .padding = 1},
      {.n = 3, .h = 5, .w = 4, .c = 4, .kernel_h = 3, .kernel_w = 2, .stride = 1, .padding = 1},
      {.n = 2, .h = 9, .w = 8, .c = 16, .kernel_h = 3, .kernel_w = 3, .stride = 2, .padding = 1},
      {.n = 1, .h = 7, .w = 7, .c = 5, .kernel_h = 1, .kernel_w = 1, .stride = 3, .padding = 0},
      {.n = 2, .h = 2, .w = 3, .c = 2, .kernel_h = 5, .kernel_w = 6, .stride = 1, .padding = 3},
      {.n = 1, .h = 2, .w = 2, .c = 1, .kernel_h = 2, .kernel_w = 2, .stride = 1, .padding = 4},
      {.n = 1, .h = 3, .w = 2, .c = 2, .kernel_h = 2, .kernel_w = 3, .stride = 7, .padding = 2},
      {.n = 1, .h = 1, .w = 40, .c = 7, .kernel_h = 1, .kernel_w = 11, .stride = 1, .padding = 5},
      {.n = 4, .h = 6, .w = 6, .c = 17, .kernel_h = 4, .kernel_w = 4, .stride = 2, .padding = 0},
  };
  for (const Im2col& geometry : geometries)
    for (const Format format : {Format::int4, Format::uint4, Format::fp4_e3m0})
      for (const View view : {View::im2col, View::im2col_transposed})
        expect_blocks({.format = format,
                       .rows = std::uint64_t{geometry.n} * geometry.h * geometry.w,
                       .cols = geometry.c,
                       .view = view,
                       .im2col = geometry},
                      random);
}

TEST(ReadBlock, RefusesBlocksOutsideTheOperand) {
  const Operand operand{.rows = 4, .cols = 6};
  const CodeTensor codes = test::some_codes(Format::int4, 4, 6, 1);
  std::vector<std::int8_t> out(24);
  const auto read = [&](std::uint64_t row, std::uint64_t rows, std::uint64_t col, std::uint64_t cols,
                        std::size_t size) {
    read_block(operand, codes.view(), row, rows, col, cols, std::span(out).first(size));
  };
  EXPECT_NO_THROW(read(0, 4, 0, 6, 24));
  EXPECT_THROW(read(1, 4, 0, 6, 24), std::out_of_range);
  EXPECT_THROW(read(0, 4, 1, 6, 24), std::out_of_range);
  EXPECT_THROW(read(5, 0, 0, 6, 0), std::out_of_range);
  EXPECT_THROW(read(1, UINT64_MAX, 0, 1, 1), std::out_of_range);
  EXPECT_THROW(read(0, 1, 0, 6, 5), std::out_of_range);
}

}  // namespace
}  // namespace luqsim

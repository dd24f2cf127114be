#include "luqsim/traces/operand.h"

#include <algorithm>
#include <vector>

namespace luqsim {
namespace {

// out (rows x cols) = transpose of in (cols x rows), by blocks that stay in the first-level cache.
void transpose(const std::int8_t* in, std::size_t rows, std::size_t cols, std::int8_t* out) {
  constexpr std::size_t block = 64;
  for (std::size_t i0 = 0; i0 < rows; i0 += block)
    for (std::size_t j0 = 0; j0 < cols; j0 += block)
      for (std::size_t i = i0; i < std::min(i0 + block, rows); ++i)
        for (std::size_t j = j0; j < std::min(j0 + block, cols); ++j) out[i * cols + j] = in[j * rows + i];
}

void read_direct(const CodeView& codes, std::uint64_t first_row, std::uint64_t rows, std::uint64_t first_col,
                 std::uint64_t cols, std::span<std::int8_t> out) {
  for (std::uint64_t i = 0; i < rows; ++i) decode_row(codes, first_row + i, first_col, out.subspan(i * cols, cols));
}

// Columns first_col .. of one row of patches: runs of channels of one pixel, or of zeros outside the image.
void read_patch(const Im2col& g, const CodeView& codes, std::uint64_t row, std::uint64_t first_col,
                std::span<std::int8_t> out) {
  const std::uint64_t out_x = row % g.out_w(), out_y = row / g.out_w() % g.out_h(), image = row / g.out_w() / g.out_h();
  for (std::uint64_t done = 0; done < out.size();) {
    const std::uint64_t col = first_col + done, channel = col % g.c, pixel = col / g.c;
    const std::uint64_t run = std::min<std::uint64_t>(g.c - channel, out.size() - done);
    // Below the image's edge these wrap to huge numbers and fail the comparison as they should.
    const std::uint64_t y = out_y * g.stride + pixel / g.kernel_w - g.padding,
                        x = out_x * g.stride + pixel % g.kernel_w - g.padding;
    if (y < g.h && x < g.w) {
      decode_row(codes, (image * g.h + y) * g.w + x, channel, out.subspan(done, run));
    } else {
      std::ranges::fill(out.subspan(done, run), std::int8_t{0});
    }
    done += run;
  }
}

void read_im2col(const Im2col& geometry, const CodeView& codes, std::uint64_t first_row, std::uint64_t rows,
                 std::uint64_t first_col, std::uint64_t cols, std::span<std::int8_t> out) {
  for (std::uint64_t i = 0; i < rows; ++i)
    read_patch(geometry, codes, first_row + i, first_col, out.subspan(i * cols, cols));
}

}  // namespace

MatrixShape matrix_shape(const Operand& x) {
  switch (x.view) {
    case View::direct:
      return {x.rows, x.cols};
    case View::transposed:
      return {x.cols, x.rows};
    case View::im2col:
      return {x.im2col->rows(), x.im2col->cols()};
    case View::im2col_transposed:
      return {x.im2col->cols(), x.im2col->rows()};
  }
  return {};
}

void read_block(const Operand& operand, const CodeView& codes, std::uint64_t first_row, std::uint64_t rows,
                std::uint64_t first_col, std::uint64_t cols, std::span<std::int8_t> out) {
  if (operand.view == View::direct) return read_direct(codes, first_row, rows, first_col, cols, out);
  if (operand.view == View::im2col) return read_im2col(*operand.im2col, codes, first_row, rows, first_col, cols, out);
  std::vector<std::int8_t> block(rows * cols);
  if (operand.view == View::transposed) {
    read_direct(codes, first_col, cols, first_row, rows, block);
  } else {
    read_im2col(*operand.im2col, codes, first_col, cols, first_row, rows, block);
  }
  transpose(block.data(), rows, cols, out.data());
}

}  // namespace luqsim

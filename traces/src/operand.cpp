#include "luqsim/traces/operand.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <stdexcept>
#include <string>
#include <utility>

namespace luqsim {
namespace {

bool is_transposed(View view) { return view == View::transposed || view == View::im2col_transposed; }

// Rows of a stored tensor as they are, or as the rows of its patch matrix: what the transposed views transpose.
class RowReader {
 public:
  RowReader(const Operand& operand, const CodeView& codes)
      : codes_(codes), im2col_(operand.im2col ? &*operand.im2col : nullptr) {
    // Pixels of an even number of channels follow each other without padding: one long row.
    const std::size_t count = codes.rows * codes.cols;
    if (im2col_ != nullptr && codes.cols % 2 == 0) pixels_ = {codes.format, 1, count, codes.bytes};
  }

  // Columns first_col .. first_col + out.size() - 1.
  void read(std::uint64_t row, std::uint64_t first_col, std::span<std::int8_t> out) const {
    if (im2col_ == nullptr)
      decode_row(codes_, row, first_col, out);
    else
      read_patch(row, first_col, out);
  }

 private:
  // A patch is kernel_h lines of kernel_w pixels; each line is zeros, a run of the image's row, zeros.
  void read_patch(std::uint64_t row, std::uint64_t first_col, std::span<std::int8_t> out) const {
    const Im2col& v = *im2col_;
    const std::uint64_t out_w = v.out_w(), out_h = v.out_h(), line = std::uint64_t{v.kernel_w} * v.c;
    const std::uint64_t image = row / (out_h * out_w);
    const std::uint64_t top = row / out_w % out_h * v.stride, left = row % out_w * v.stride;  // in the padded image
    std::size_t done = 0;
    while (done < out.size()) {
      const std::uint64_t kernel_y = (first_col + done) / line, first = (first_col + done) % line;
      const auto part = out.subspan(done, std::min<std::uint64_t>(line - first, out.size() - done));
      const std::uint64_t y = top + kernel_y - v.padding;  // wraps above the image
      if (y < v.h)
        read_line((image * v.h + y) * v.w, left, first, part);
      else
        std::ranges::fill(part, std::int8_t{0});
      done += part.size();
    }
  }

  // Elements `first` on of the kernel line that starts at `left` in the padded image row whose first pixel is `pixel`.
  void read_line(std::uint64_t pixel, std::uint64_t left, std::uint64_t first, std::span<std::int8_t> out) const {
    const Im2col& v = *im2col_;
    const std::uint64_t begin = left * v.c + first, end = begin + out.size();  // in elements of the padded row
    const std::uint64_t image_begin = std::uint64_t{v.padding} * v.c,
                        image_end = image_begin + std::uint64_t{v.w} * v.c;
    const std::uint64_t run_begin = std::clamp(image_begin, begin, end), run_end = std::clamp(image_end, begin, end);
    std::fill_n(out.begin(), run_begin - begin, std::int8_t{0});
    if (run_begin < run_end)
      read_run(pixel * v.c + (run_begin - image_begin), out.subspan(run_begin - begin, run_end - run_begin));
    std::fill(out.begin() + static_cast<std::ptrdiff_t>(run_end - begin), out.end(), std::int8_t{0});
  }

  void read_run(std::uint64_t element, std::span<std::int8_t> out) const {
    if (codes_.cols % 2 == 0) {
      decode_row(pixels_, 0, element, out);
      return;
    }
    while (!out.empty()) {
      const std::uint64_t channel = element % codes_.cols;
      const std::size_t count = std::min<std::uint64_t>(codes_.cols - channel, out.size());
      decode_row(codes_, element / codes_.cols, channel, out.first(count));
      element += count;
      out = out.subspan(count);
    }
  }

  const CodeView& codes_;
  const Im2col* im2col_;
  CodeView pixels_;
};

// Columns become rows: out[j * out_stride + i] = in[i * in_stride + j] for i, j < 8, by swapping ever smaller
// off-diagonal blocks in eight registers.
void transpose_8x8(const std::int8_t* in, std::size_t in_stride, std::int8_t* out, std::size_t out_stride) {
  static_assert(std::endian::native == std::endian::little, "byte 0 of a row is column 0");
  std::uint64_t rows[8];
  for (std::size_t i = 0; i < 8; ++i) std::memcpy(&rows[i], in + i * in_stride, 8);
  const auto swap = [&rows](std::size_t i, std::size_t distance, std::uint64_t mask) {
    const std::size_t shift = 8 * distance;
    const std::uint64_t moved = ((rows[i] >> shift) ^ rows[i + distance]) & mask;
    rows[i] ^= moved << shift;
    rows[i + distance] ^= moved;
  };
  for (std::size_t i : {0U, 1U, 2U, 3U}) swap(i, 4, 0x00000000FFFFFFFFU);
  for (std::size_t i : {0U, 1U, 4U, 5U}) swap(i, 2, 0x0000FFFF0000FFFFU);
  for (std::size_t i : {0U, 2U, 4U, 6U}) swap(i, 1, 0x00FF00FF00FF00FFU);
  for (std::size_t i = 0; i < 8; ++i) std::memcpy(out + i * out_stride, &rows[i], 8);
}

// A tile stays in the first-level cache: tile_rows stored rows of tile_cols values. The stride keeps the rows' cache
// lines out of each other's sets.
constexpr std::size_t tile_rows = 64, tile_cols = 256, tile_stride = tile_cols + 64;

// out[j * out_stride + i] = tile[i * tile_stride + j]. Eight output rows at a time, each a cache line long.
void transpose_tile(const std::int8_t* tile, std::size_t rows, std::size_t cols, std::int8_t* out,
                    std::size_t out_stride) {
  const std::size_t whole_rows = rows / 8 * 8, whole_cols = cols / 8 * 8;
  for (std::size_t j = 0; j < whole_cols; j += 8)
    for (std::size_t i = 0; i < whole_rows; i += 8)
      transpose_8x8(tile + i * tile_stride + j, tile_stride, out + j * out_stride + i, out_stride);
  for (std::size_t j = 0; j < cols; ++j)
    for (std::size_t i = j < whole_cols ? whole_rows : 0; i < rows; ++i)
      out[j * out_stride + i] = tile[i * tile_stride + j];
}

void read_transposed(const RowReader& reader, std::uint64_t first_row, std::size_t rows, std::uint64_t first_col,
                     std::size_t cols, std::span<std::int8_t> out) {
  alignas(64) std::int8_t tile[tile_rows * tile_stride];
  for (std::size_t row = 0; row < rows; row += tile_cols) {
    const std::size_t tile_width = std::min(tile_cols, rows - row);
    for (std::size_t col = 0; col < cols; col += tile_rows) {
      const std::size_t tile_height = std::min(tile_rows, cols - col);
      for (std::size_t i = 0; i < tile_height; ++i)
        reader.read(first_col + col + i, first_row + row, std::span(tile).subspan(i * tile_stride, tile_width));
      transpose_tile(tile, tile_height, tile_width, &out[row * cols + col], cols);
    }
  }
}

}  // namespace

MatrixShape matrix_shape(const Operand& operand) {
  MatrixShape shape{operand.rows, operand.cols};
  if (operand.im2col) shape = {operand.im2col->rows(), operand.im2col->cols()};
  if (is_transposed(operand.view)) std::swap(shape.rows, shape.cols);
  return shape;
}

void read_block(const Operand& operand, const CodeView& codes, std::uint64_t first_row, std::uint64_t rows,
                std::uint64_t first_col, std::uint64_t cols, std::span<std::int8_t> out) {
  const MatrixShape shape = matrix_shape(operand);
  if (first_row > shape.rows || rows > shape.rows - first_row || first_col > shape.cols ||
      cols > shape.cols - first_col || out.size() != rows * cols)
    throw std::out_of_range("read_block: rows " + std::to_string(first_row) + " + " + std::to_string(rows) +
                            ", columns " + std::to_string(first_col) + " + " + std::to_string(cols) + " into " +
                            std::to_string(out.size()) + " values; the operand is " + std::to_string(shape.rows) +
                            " x " + std::to_string(shape.cols));
  const RowReader reader(operand, codes);
  if (is_transposed(operand.view)) {
    read_transposed(reader, first_row, rows, first_col, cols, out);
    return;
  }
  for (std::uint64_t row = 0; row < rows; ++row) reader.read(first_row + row, first_col, out.subspan(row * cols, cols));
}

}  // namespace luqsim

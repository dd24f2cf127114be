#include "luqsim/traces/operand.h"

#include <algorithm>
#include <array>
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
    if (im2col_ == nullptr) return;
    out_h_ = im2col_->out_h();
    out_w_ = im2col_->out_w();
  }

  // Columns first_col .. first_col + out.size() - 1 as values.
  void read(std::uint64_t row, std::uint64_t first_col, std::span<std::int8_t> out) const {
    if (im2col_ == nullptr)
      decode_row(codes_, row, first_col, out);
    else if (can_read_packed())
      read_and_decode(row, first_col, out);
    else
      read_patch(row, first_col, im2col_->c, out);
  }

  // Pixels of an odd number of channels end in padding, so that a patch is no sequence of whole bytes.
  bool can_read_packed() const { return im2col_ == nullptr || codes_.cols % 2 == 0; }

  // Columns 2 first_byte .. as packed codes.
  void read_packed(std::uint64_t row, std::uint64_t first_byte, std::span<std::uint8_t> out) const {
    if (im2col_ == nullptr)
      std::memcpy(out.data(), &codes_.bytes[row * packed_row_bytes(codes_.cols) + first_byte], out.size());
    else
      read_patch(row, first_byte, im2col_->c / 2, out);
  }

 private:
  // One decode for many short runs of pixels.
  void read_and_decode(std::uint64_t row, std::uint64_t first_col, std::span<std::int8_t> out) const {
    std::array<std::uint8_t, 512> bytes;
    while (!out.empty()) {
      const std::size_t skip = first_col % 2, count = std::min(out.size(), 2 * bytes.size() - skip);
      const auto packed = std::span(bytes).first(packed_row_bytes(skip + count));
      read_packed(row, first_col / 2, packed);
      decode_row({codes_.format, 1, 2 * packed.size(), packed}, 0, skip, out.first(count));
      first_col += count;
      out = out.subspan(count);
    }
  }

  // In units of values or of packed bytes, `channels` to a pixel. A patch is kernel_h lines of kernel_w pixels.
  template <class Unit>
  void read_patch(std::uint64_t row, std::uint64_t first, std::uint64_t channels, std::span<Unit> out) const {
    const Im2col& v = *im2col_;
    const std::uint64_t line = v.kernel_w * channels, image = row / out_w_ / out_h_;
    const std::uint64_t top = row / out_w_ % out_h_ * v.stride, left = row % out_w_ * v.stride;  // in the padded image
    std::uint64_t y = top + first / line - v.padding;  // wraps above the image
    first %= line;
    for (std::size_t done = 0; done < out.size(); ++y, first = 0) {
      const auto part = out.subspan(done, std::min<std::uint64_t>(line - first, out.size() - done));
      if (y < v.h)
        read_line((image * v.h + y) * v.w, left * channels + first, channels, part);
      else
        std::ranges::fill(part, Unit{0});
      done += part.size();
    }
  }

  // Units `begin` on of the padded image row whose first pixel is `pixel`: zeros, a run of the image, zeros.
  template <class Unit>
  void read_line(std::uint64_t pixel, std::uint64_t begin, std::uint64_t channels, std::span<Unit> out) const {
    const std::uint64_t image_begin = im2col_->padding * channels, image_end = image_begin + im2col_->w * channels;
    const std::uint64_t end = begin + out.size();
    const std::uint64_t run_begin = std::clamp(image_begin, begin, end), run_end = std::clamp(image_end, begin, end);
    std::fill_n(out.data(), run_begin - begin, Unit{0});
    std::fill_n(out.data() + (run_end - begin), end - run_end, Unit{0});
    if (run_begin < run_end)
      read_run(pixel * channels + (run_begin - image_begin), out.subspan(run_begin - begin, run_end - run_begin));
  }

  void read_run(std::uint64_t first_byte, std::span<std::uint8_t> out) const {
    std::memcpy(out.data(), &codes_.bytes[first_byte], out.size());
  }

  void read_run(std::uint64_t first_value, std::span<std::int8_t> out) const {
    while (!out.empty()) {
      const std::uint64_t channel = first_value % codes_.cols;
      const std::size_t count = std::min<std::uint64_t>(codes_.cols - channel, out.size());
      decode_row(codes_, first_value / codes_.cols, channel, out.first(count));
      first_value += count;
      out = out.subspan(count);
    }
  }

  const CodeView& codes_;
  const Im2col* im2col_;
  std::uint64_t out_h_ = 0, out_w_ = 0;
};

// Squares of 16 x 16 bytes are transposed by four rounds of interleaving row i with row i + 8: each rotates the eight
// bits of an element's index (row, column) by one. The compiler turns the inner loop into byte interleaves of vectors.
constexpr std::size_t square = 16;
using Square = std::array<std::int8_t, square * square>;

void interleave(const Square& in, Square& out) {
  constexpr std::size_t half = square * square / 2;
  for (std::size_t i = 0; i < half; ++i) {
    out[2 * i] = in[i];
    out[2 * i + 1] = in[i + half];
  }
}

// out[j * out_stride + i] = in[i * in_stride + j] for i < rows, j < cols, both at most 16.
inline void transpose_square(const std::int8_t* in, std::size_t in_stride, std::size_t rows, std::size_t cols,
                             std::int8_t* out, std::size_t out_stride) {
  Square a{}, b;
  for (std::size_t i = 0; i < rows; ++i) std::memcpy(&a[i * square], in + i * in_stride, cols);
  interleave(a, b);
  interleave(b, a);
  interleave(a, b);
  interleave(b, a);
  for (std::size_t j = 0; j < cols; ++j) std::memcpy(out + j * out_stride, &a[j * square], rows);
}

// tile_rows rows of the stored tensor (or patch matrix), up to tile_cols columns of each, decoded together: rows of a
// transposed block are short, and a tile stays in the first-level cache. The stride, 4 bytes more than a row needs,
// keeps the rows out of each other's cache sets.
constexpr std::size_t tile_rows = 64, tile_cols = 256, max_tile_bytes = tile_rows * (tile_cols / 2 + 1 + 8);

struct Tile {
  std::array<std::uint8_t, max_tile_bytes> packed;
  std::array<std::int8_t, 2 * max_tile_bytes> values;
  std::size_t first = 0, stride = 0;  // element (i, j) is values[first + i * stride + j]
};

void read_tile(const RowReader& reader, Format format, std::uint64_t first_row, std::size_t rows,
               std::uint64_t first_col, std::size_t cols, Tile& tile) {
  const std::size_t skip = first_col % 2, bytes = packed_row_bytes(skip + cols);
  tile.first = reader.can_read_packed() ? skip : 0;
  tile.stride = 2 * (bytes + 8);
  if (!reader.can_read_packed()) {
    for (std::size_t i = 0; i < rows; ++i)
      reader.read(first_row + i, first_col, std::span(tile.values).subspan(i * tile.stride, cols));
    return;
  }
  for (std::size_t i = 0; i < rows; ++i)
    reader.read_packed(first_row + i, first_col / 2, std::span(tile.packed).subspan(i * tile.stride / 2, bytes));
  const std::size_t codes = (rows - 1) * tile.stride + 2 * bytes;  // those between the rows are nobody's
  decode_row({format, 1, codes, tile.packed}, 0, 0, std::span(tile.values).first(codes));
}

// out[j * out_stride + i] = tile (i, j). Sixteen output rows at a time, each a cache line long.
void transpose_tile(const Tile& tile, std::size_t rows, std::size_t cols, std::int8_t* out, std::size_t out_stride) {
  const std::int8_t* in = &tile.values[tile.first];
  for (std::size_t j = 0; j < cols; j += square)
    for (std::size_t i = 0; i < rows; i += square) {
      const std::size_t height = std::min(square, rows - i), width = std::min(square, cols - j);
      const std::int8_t* from = in + i * tile.stride + j;
      std::int8_t* to = out + j * out_stride + i;
      // Copies of a size known at compile time are single moves.
      if (height == square && width == square)
        transpose_square(from, tile.stride, square, square, to, out_stride);
      else
        transpose_square(from, tile.stride, height, width, to, out_stride);
    }
}

void read_transposed(const RowReader& reader, Format format, std::uint64_t first_row, std::size_t rows,
                     std::uint64_t first_col, std::size_t cols, std::span<std::int8_t> out) {
  Tile tile;
  tile.packed.fill(0);
  for (std::size_t row = 0; row < rows; row += tile_cols)
    for (std::size_t col = 0; col < cols; col += tile_rows) {
      const std::size_t height = std::min(tile_rows, cols - col), width = std::min(tile_cols, rows - row);
      read_tile(reader, format, first_col + col, height, first_row + row, width, tile);
      transpose_tile(tile, height, width, &out[row * cols + col], cols);
    }
}

// Short rows of whole bytes, gathered so that one decode serves many.
void read_short_rows(const RowReader& reader, Format format, std::uint64_t first_row, std::uint64_t rows,
                     std::uint64_t first_col, std::uint64_t cols, std::span<std::int8_t> out) {
  std::array<std::uint8_t, 4096> packed;
  const std::uint64_t bytes = cols / 2, rows_at_once = packed.size() / bytes;
  for (std::uint64_t done = 0; done < rows; done += rows_at_once) {
    const std::uint64_t count = std::min(rows_at_once, rows - done);
    for (std::uint64_t i = 0; i < count; ++i)
      reader.read_packed(first_row + done + i, first_col / 2, std::span(packed).subspan(i * bytes, bytes));
    const auto gathered = std::span<const std::uint8_t>(packed).first(count * bytes);
    decode_row({format, 1, count * cols, gathered}, 0, 0, out.subspan(done * cols, count * cols));
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
    read_transposed(reader, codes.format, first_row, rows, first_col, cols, out);
    return;
  }
  constexpr std::uint64_t short_row = 512;
  if (cols > 0 && cols <= short_row && cols % 2 == 0 && first_col % 2 == 0 && reader.can_read_packed()) {
    read_short_rows(reader, codes.format, first_row, rows, first_col, cols, out);
    return;
  }
  for (std::uint64_t row = 0; row < rows; ++row) reader.read(first_row + row, first_col, out.subspan(row * cols, cols));
}

}  // namespace luqsim

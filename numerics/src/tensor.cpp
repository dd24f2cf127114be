#include "luqsim/numerics/tensor.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>

#include "packing.h"
#include "vectorize.h"

namespace luqsim {
namespace {

// A level's code: integers are their own two's complement; fp4_e3m0 is sign and exponent code.
inline std::uint8_t integer_code(std::int8_t level) { return static_cast<std::uint8_t>(level) & 0xF; }
inline std::uint8_t fp4_code(std::int8_t level) {
  const auto magnitude = static_cast<std::uint8_t>(level < 0 ? -level : level);
  return static_cast<std::uint8_t>((magnitude & 7) | (level < 0 ? 8 : 0));
}

LUQSIM_VECTORIZE void pack_pairs_integer(const std::int8_t* __restrict levels, std::size_t pairs,
                                         std::uint8_t* __restrict out) {
  for (std::size_t i = 0; i < pairs; ++i)
    out[i] = static_cast<std::uint8_t>(integer_code(levels[2 * i]) | (integer_code(levels[2 * i + 1]) << 4));
}
LUQSIM_VECTORIZE void pack_pairs_fp4(const std::int8_t* __restrict levels, std::size_t pairs,
                                     std::uint8_t* __restrict out) {
  for (std::size_t i = 0; i < pairs; ++i)
    out[i] = static_cast<std::uint8_t>(fp4_code(levels[2 * i]) | (fp4_code(levels[2 * i + 1]) << 4));
}

inline std::int8_t int4_value(std::uint8_t code) { return static_cast<std::int8_t>((code ^ 8) - 8); }
// (1 << e) >> 1, that is 0, 1, 2, 4 ... 64, by selects on the bits of e: bytes have no vector shift by a variable.
inline std::int8_t fp4_value(std::uint8_t code) {
  auto v = static_cast<std::uint8_t>((code & 1) + 1);
  v = static_cast<std::uint8_t>((code & 2) != 0 ? v << 2 : v);
  v = static_cast<std::uint8_t>((code & 4) != 0 ? v << 4 : v);
  const auto magnitude = static_cast<std::int8_t>(v >> 1);
  return static_cast<std::int8_t>((code & 8) != 0 ? -magnitude : magnitude);
}

LUQSIM_VECTORIZE void decode_pairs_int4(const std::uint8_t* __restrict bytes, std::size_t pairs,
                                        std::int8_t* __restrict out) {
  for (std::size_t i = 0; i < pairs; ++i) {
    out[2 * i] = int4_value(bytes[i] & 0xF);
    out[2 * i + 1] = int4_value(static_cast<std::uint8_t>(bytes[i] >> 4));
  }
}
LUQSIM_VECTORIZE void decode_pairs_uint4(const std::uint8_t* __restrict bytes, std::size_t pairs,
                                         std::int8_t* __restrict out) {
  for (std::size_t i = 0; i < pairs; ++i) {
    out[2 * i] = static_cast<std::int8_t>(bytes[i] & 0xF);
    out[2 * i + 1] = static_cast<std::int8_t>(bytes[i] >> 4);
  }
}
LUQSIM_VECTORIZE void decode_pairs_fp4(const std::uint8_t* __restrict bytes, std::size_t pairs,
                                       std::int8_t* __restrict out) {
  for (std::size_t i = 0; i < pairs; ++i) {
    out[2 * i] = fp4_value(bytes[i] & 0xF);
    out[2 * i + 1] = fp4_value(static_cast<std::uint8_t>(bytes[i] >> 4));
  }
}

void decode_pairs(Format format, const std::uint8_t* bytes, std::size_t pairs, std::int8_t* out) {
  if (format == Format::int4) decode_pairs_int4(bytes, pairs, out);
  if (format == Format::uint4) decode_pairs_uint4(bytes, pairs, out);
  if (format == Format::fp4_e3m0) decode_pairs_fp4(bytes, pairs, out);
}

std::int8_t value_of(Format format, std::uint8_t code) {
  return format == Format::int4    ? int4_value(code)
         : format == Format::uint4 ? static_cast<std::int8_t>(code)
                                   : fp4_value(code);
}

void require_integer_values(Format format) {
  if (format != Format::int4 && format != Format::uint4 && format != Format::fp4_e3m0)
    throw std::invalid_argument("codes of format " + std::string(name_of(format)) +
                                " have no small integer values; wanted int4, uint4 or fp4_e3m0");
}

}  // namespace

void check_size(std::size_t size, std::size_t rows, std::size_t cols) {
  if (size != rows * cols)
    throw std::invalid_argument(std::to_string(size) + " elements for a " + std::to_string(rows) + " x " +
                                std::to_string(cols) + " tensor");
}

void pack_run(Format format, std::span<const std::int8_t> levels, std::uint8_t* out) {
  const bool fp4 = format == Format::fp4_e3m0;
  (fp4 ? pack_pairs_fp4 : pack_pairs_integer)(levels.data(), levels.size() / 2, out);
  if (levels.size() % 2 == 1) out[levels.size() / 2] = fp4 ? fp4_code(levels.back()) : integer_code(levels.back());
}

CodeTensor pack_levels(Format format, std::size_t rows, std::size_t cols, std::span<const std::int8_t> levels) {
  require_integer_values(format);
  check_size(levels.size(), rows, cols);
  return quantize_packed(format, rows, cols, [&](std::size_t first, std::span<std::int8_t> out) {
    std::ranges::copy(levels.subspan(first, out.size()), out.begin());
  });
}

CodePacker::CodePacker(Format format, std::size_t rows, std::size_t cols)
    : tensor_{format, rows, cols, std::vector<std::uint8_t>(rows * packed_row_bytes(cols))} {
  require_integer_values(format);
}

void CodePacker::add(std::span<const std::int8_t> levels) {
  waiting_.insert(waiting_.end(), levels.begin(), levels.end());
  const std::size_t unit = tensor_.cols % 2 == 0 ? 2 : tensor_.cols;  // levels that fill whole bytes
  const std::size_t unit_bytes = packed_row_bytes(unit), units = waiting_.size() / unit;
  if ((row_ + units) * unit_bytes > tensor_.bytes.size())
    throw std::invalid_argument("more levels than a " + std::to_string(tensor_.rows) + " x " +
                                std::to_string(tensor_.cols) + " tensor has");
  const auto ready = std::span<const std::int8_t>(waiting_).first(units * unit);
  if (unit == 2) {
    pack_run(tensor_.format, ready, tensor_.bytes.data() + row_);
  } else {
    for (std::size_t u = 0; u < units; ++u)
      pack_run(tensor_.format, ready.subspan(u * unit, unit), tensor_.bytes.data() + (row_ + u) * unit_bytes);
  }
  row_ += units;
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(ready.size()));
}

void decode_row(const CodeView& codes, std::size_t row, std::size_t first_col, std::span<std::int8_t> out) {
  require_integer_values(codes.format);
  std::size_t done = 0;
  if (!out.empty() && first_col % 2 == 1) out[done++] = value_of(codes.format, codes.code(row, first_col));
  const std::size_t pairs = (out.size() - done) / 2;
  if (pairs > 0)
    decode_pairs(codes.format, &codes.bytes[row * packed_row_bytes(codes.cols) + (first_col + done) / 2], pairs,
                 &out[done]);
  done += 2 * pairs;
  if (done < out.size()) out[done] = value_of(codes.format, codes.code(row, first_col + done));
}

std::vector<std::int8_t> decode_values(const CodeView& codes) {
  require_integer_values(codes.format);
  std::vector<std::int8_t> values(codes.rows * codes.cols);
  if (values.empty()) return values;  // of any number of rows
  if (codes.cols % 2 == 0) {
    decode_pairs(codes.format, codes.bytes.data(), values.size() / 2, values.data());
    return values;
  }
  for (std::size_t row = 0; row < codes.rows; ++row)
    decode_row(codes, row, 0, std::span(values).subspan(row * codes.cols, codes.cols));
  return values;
}

void dequantize(const CodeView& codes, float scale, std::span<float> x) {
  require_integer_values(codes.format);
  check_size(x.size(), codes.rows, codes.cols);
  if (x.empty()) return;
  std::array<std::int8_t, 4096> values;
  for (std::size_t row = 0; row < codes.rows; ++row)
    for (std::size_t col = 0; col < codes.cols; col += values.size()) {
      const auto part = std::span(values).first(std::min(values.size(), codes.cols - col));
      decode_row(codes, row, col, part);
      std::ranges::transform(part, x.subspan(row * codes.cols + col).begin(),
                             [scale](std::int8_t value) { return static_cast<float>(value) * scale; });
    }
}

}  // namespace luqsim

#include "luqsim/numerics/block_gemm.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include "luqsim/numerics/gemm.h"

namespace luqsim {
namespace {

void check_operand(const BlockView& v, const char* name) {
  const auto bad = [&](const char* what, std::size_t found, std::size_t wanted) {
    throw std::invalid_argument("block gemm: " + std::string(name) + " has " + std::to_string(found) + " bytes of " +
                                what + "; wanted " + std::to_string(wanted));
  };
  const std::size_t codes = v.rows * packed_row_bytes(v.cols), scales = v.rows * blocks_per_row(v.format, v.cols);
  if (v.codes.size() != codes) bad("codes", v.codes.size(), codes);
  if (v.scales.size() != scales) bad("scales", v.scales.size(), scales);
  if (v.format == BlockFormat::mxfp4) return;
  const auto negative = std::ranges::find_if(v.scales, [](std::uint8_t s) { return s >= 0x80; });
  if (negative != v.scales.end())
    throw std::invalid_argument("block gemm: " + std::string(name) + " has the scale " +
                                print_code(Format::fp8_e4m3, *negative) + " in block " +
                                std::to_string(negative - v.scales.begin()) + "; wanted one without sign");
}

// Elements in units of 1/2, each row filled up with zeros to whole blocks.
std::vector<std::int32_t> halves(const BlockView& v) {
  std::array<std::int32_t, 16> value{};
  for (std::uint32_t code = 0; code < 16; ++code)
    value[code] = static_cast<std::int32_t>(2 * decode(Format::fp4_e2m1, code));
  const CodeView codes{Format::fp4_e2m1, v.rows, v.cols, v.codes};
  const std::size_t stride = blocks_per_row(v.format, v.cols) * block_length(v.format);
  std::vector<std::int32_t> all(v.rows * stride);
  for (std::size_t i = 0; i < v.rows; ++i)
    for (std::size_t j = 0; j < v.cols; ++j) all[i * stride + j] = value[codes.code(i, j)];
  return all;
}

std::vector<double> scale_values(const BlockView& v) {
  std::vector<double> values;
  for (const std::uint8_t code : v.scales) values.push_back(decode(scale_format(v.format), code));
  return values;
}

// The NaN of every machine.
float canonical(float v) { return std::isnan(v) ? std::bit_cast<float>(0x7FC00000U) : v; }

}  // namespace

void block_gemm(const BlockView& a, const BlockView& b, std::span<float> out) {
  check_operand(a, "A");
  check_operand(b, "B");
  if (a.format != b.format || a.cols != b.cols || out.size() != a.rows * b.rows)
    throw std::invalid_argument("block gemm: A is " + std::string(name_of(a.format)) + " " + std::to_string(a.rows) +
                                " x " + std::to_string(a.cols) + ", B " + std::string(name_of(b.format)) + " " +
                                std::to_string(b.rows) + " x " + std::to_string(b.cols) + ", out holds " +
                                std::to_string(out.size()));
  const std::vector<std::int32_t> left = halves(a), right = halves(b);
  const std::vector<double> left_scales = scale_values(a), right_scales = scale_values(b);
  const std::size_t blocks = blocks_per_row(a.format, a.cols), length = block_length(a.format);
  const float factor = output_scale(a.tensor_scale, b.tensor_scale);
  for (std::size_t m = 0; m < a.rows; ++m)
    for (std::size_t n = 0; n < b.rows; ++n) {
      float acc = 0;
      for (std::size_t k = 0; k < blocks; ++k) {
        const std::int32_t* x = &left[(m * blocks + k) * length];
        const std::int32_t* y = &right[(n * blocks + k) * length];
        std::int32_t quarters = 0;
        for (std::size_t i = 0; i < length; ++i) quarters += x[i] * y[i];
        // Exact in binary64: the product of two e8m0 scales lies in 2^-254..2^254.
        acc += static_cast<float>(0.25 * quarters * (left_scales[m * blocks + k] * right_scales[n * blocks + k]));
      }
      out[m * b.rows + n] = canonical(acc * factor);
    }
}

}  // namespace luqsim

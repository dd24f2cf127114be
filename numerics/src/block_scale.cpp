#include "luqsim/numerics/block_scale.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "luqsim/numerics/scaled.h"

#include "elements.h"
#include "packing.h"

namespace luqsim {
namespace {

constexpr float max_element = 6, max_scale = 448;
constexpr int max_element_exponent = 2;  // floor(log2 6)
constexpr int smallest_e8m0 = -127;

ElementRule rule_of(const BlockScaleConfig& config) { return {Format::fp4_e2m1, config.rounding, config.random_bits}; }

BlockScale block_scale(BlockFormat format, std::span<const float> block, float tensor_scale) {
  const float largest = max_abs(block).max_abs;
  return format == BlockFormat::mxfp4 ? mxfp4_block_scale(largest) : nvfp4_block_scale(largest, tensor_scale);
}

// Scales of one row, as codes in `codes` and as factors in `inverse`.
void scale_row(std::span<const float> row, BlockFormat format, float tensor_scale, std::uint8_t* codes,
               std::vector<float>& inverse) {
  const std::size_t length = block_length(format);
  inverse.clear();
  for (std::size_t first = 0; first < row.size(); first += length) {
    const BlockScale scale =
        block_scale(format, row.subspan(first, std::min(length, row.size() - first)), tensor_scale);
    *codes++ = scale.code;
    inverse.push_back(scale.inverse);
  }
}

}  // namespace

void validate(const BlockScaleConfig& config) { check_random_bits("block scale", config.random_bits); }

BlockScale mxfp4_block_scale(float max_abs) {
  const int wanted = max_abs == 0 ? smallest_e8m0 : std::ilogb(max_abs) - max_element_exponent;
  const int exponent = std::max(wanted, smallest_e8m0);
  return {static_cast<std::uint8_t>(exponent - smallest_e8m0), std::ldexp(1.0F, -exponent)};
}

float nvfp4_tensor_scale(float max_abs) {
  return max_abs < smallest_scaled_max_abs ? 0.0F : max_abs / (max_element * max_scale);
}

BlockScale nvfp4_block_scale(float max_abs, float tensor_scale) {
  if (tensor_scale == 0) return {};
  const float sixth = max_abs / max_element, ratio = sixth / tensor_scale;
  const auto code = static_cast<std::uint8_t>(encode_saturating(Format::fp8_e4m3, ratio));
  if (code == 0) return {};
  const float step = static_cast<float>(decode(Format::fp8_e4m3, code)) * tensor_scale;
  return {code, 1.0F / step};
}

BlockResult block_quantize(std::span<const float> x, std::size_t rows, std::size_t cols, const BlockScaleConfig& config,
                           const RandomStream& stream, std::optional<float> estimate) {
  validate(config);
  check_size(x.size(), rows, cols);
  const bool nvfp4 = config.format == BlockFormat::nvfp4;
  if (estimate && !nvfp4)
    throw std::invalid_argument("block scale estimate: given; wanted none: mxfp4 has no scale for the tensor");
  BlockResult result;
  result.measured = max_abs(x);
  if (result.measured.status != QuantizeStatus::ok) return result;
  result.estimate = estimate.value_or(result.measured.max_abs);

  const std::size_t blocks = blocks_per_row(config.format, cols), length = block_length(config.format);
  const ElementRule rule = rule_of(config);
  BlockTensor& t = result.tensor;
  t.format = config.format;
  t.codes = {Format::fp4_e2m1, rows, cols, std::vector<std::uint8_t>(rows * packed_row_bytes(cols))};
  t.scales.resize(rows * blocks);
  t.tensor_scale = nvfp4 ? nvfp4_tensor_scale(result.estimate) : 1.0F;
  std::vector<float> inverse;
  for (std::size_t i = 0; i < rows; ++i) {
    const auto row = x.subspan(i * cols, cols);
    scale_row(row, config.format, t.tensor_scale, t.scales.data() + i * blocks, inverse);
    visit_elements(rule, stream, i * cols, cols, [&](std::size_t j, std::uint16_t lane) {
      const float factor = inverse[j / length];
      const std::uint32_t code = factor == 0 ? 0 : rule.code(row[j] * factor, lane);
      std::uint8_t& byte = t.codes.bytes[i * packed_row_bytes(cols) + j / 2];
      byte = static_cast<std::uint8_t>(byte | (code << (4 * (j % 2))));
    });
  }
  return result;
}

}  // namespace luqsim

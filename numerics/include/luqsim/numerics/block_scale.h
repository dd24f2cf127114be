// Block-scaled 4-bit tensors: MXFP4 (OCP Microscaling Formats (MX) Specification 1.0, sections 5 and 6.3) and NVFP4
// (NVIDIA Blackwell; "Pretraining large language models with NVFP4", arXiv 2509.25149). Elements are fp4_e2m1; every
// block of a row has a scale of its own, a byte, and NVFP4 a binary32 scale for the tensor as well.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "luqsim/numerics/philox.h"
#include "luqsim/numerics/status.h"
#include "luqsim/numerics/stochastic.h"
#include "luqsim/numerics/tensor.h"

namespace luqsim {

enum class BlockFormat : std::uint8_t {
  mxfp4,  // 32 elements, scale e8m0
  nvfp4,  // 16 elements, scale fp8_e4m3 without sign, and a scale for the tensor
};
template <>
struct EnumNames<BlockFormat> {
  static constexpr std::array<std::string_view, 2> names{"mxfp4", "nvfp4"};
};

// Elements of a block. Blocks follow each other along a row and do not cross rows; the last of a row may be shorter.
constexpr std::size_t block_length(BlockFormat format) { return format == BlockFormat::mxfp4 ? 32 : 16; }
constexpr std::size_t blocks_per_row(BlockFormat format, std::size_t cols) {
  return (cols + block_length(format) - 1) / block_length(format);
}
// The format of the scales' bytes.
constexpr Format scale_format(BlockFormat format) {
  return format == BlockFormat::mxfp4 ? Format::e8m0 : Format::fp8_e4m3;
}

struct BlockScaleConfig {
  BlockFormat format = BlockFormat::mxfp4;
  // Stochastic rounding is unbiased for magnitudes up to 6 steps of the block; elements above saturate. In mxfp4 those
  // are the ones from 6 to 8 steps, in nvfp4 the ones above 6 where e4m3 rounded the block's scale down (none above 6
  // 3/8 where the scale is normal).
  ElementRounding rounding = ElementRounding::nearest;
  int random_bits = 16;  // stochastic: B, 1..16, the top bits of each lane

  bool operator==(const BlockScaleConfig&) const = default;
};

// Throws std::invalid_argument naming the field that is out of range.
void validate(const BlockScaleConfig& config);

// A tensor that somebody else owns, row-major rows x cols.
struct BlockView {
  BlockFormat format = BlockFormat::mxfp4;
  std::size_t rows = 0, cols = 0;
  std::span<const std::uint8_t> codes;   // fp4_e2m1, packed as CodeView: rows * packed_row_bytes(cols)
  std::span<const std::uint8_t> scales;  // rows * blocks_per_row(format, cols)
  float tensor_scale = 1;                // of mxfp4: 1
};

struct BlockTensor {
  BlockFormat format = BlockFormat::mxfp4;
  CodeTensor codes;                  // fp4_e2m1
  std::vector<std::uint8_t> scales;  // row-major, blocks_per_row(format, codes.cols) a row
  float tensor_scale = 1;            // nvfp4: 0 when M < 2^-100 (all scales and codes 0)

  BlockView view() const { return {format, codes.rows, codes.cols, codes.bytes, scales, tensor_scale}; }
};

// One block's scale: its code, and the factor of its elements, r = RN(x * inverse); inverse 0: all codes are 0.
struct BlockScale {
  std::uint8_t code = 0;
  float inverse = 0;
};
// mxfp4: 2^(floor(log2 max_abs) - 2), at least 2^-127, which a block of zeros has too; inverse is its reciprocal,
// exact. `max_abs`: of the block, finite and >= 0.
BlockScale mxfp4_block_scale(float max_abs);
// nvfp4: s = e4m3(RN(RN(max_abs / 6) / tensor_scale)), nearest even, at most 448; inverse = RN(1 / RN(s *
// tensor_scale)). s = 0 has inverse 0: a block whose maximum is below 2^-10 / 448 of M, or a tensor scale of 0.
// `tensor_scale`: as nvfp4_tensor_scale gives it.
BlockScale nvfp4_block_scale(float max_abs, float tensor_scale);
// RN(M / 2688), where 2688 = 6 * 448 is the largest element times the largest block scale; 0 when M < 2^-100.
float nvfp4_tensor_scale(float max_abs);

struct BlockResult {
  MaxAbs measured;
  float estimate = 0;  // M used: measured.max_abs, or the estimate given
  BlockTensor tensor;  // empty unless measured.status is ok
};

// The quantizer for a row-major rows x cols tensor. The random number of an element is that of its row-major index.
// `estimate` of M, finite and >= 0, for nvfp4: blocks above it saturate, in scale and elements. Throws
// std::invalid_argument for an estimate with mxfp4, which has no use for one, when x.size() is not rows * cols, and as
// validate().
BlockResult block_quantize(std::span<const float> x, std::size_t rows, std::size_t cols, const BlockScaleConfig& config,
                           const RandomStream& stream = {}, std::optional<float> estimate = std::nullopt);

}  // namespace luqsim

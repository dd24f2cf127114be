// Block-scaled tensors in the words of the library and of the oracle.
#pragma once
#include <vector>

#include "luqsim/numerics/block_scale.h"

#include "oracle/block_scale.h"

namespace bridge {

inline oracle::BlockSettings settings(const luqsim::BlockScaleConfig& c) {
  return {c.format == luqsim::BlockFormat::nvfp4, c.rounding == luqsim::ElementRounding::stochastic, c.random_bits};
}

// The oracle's codes, packed.
inline luqsim::BlockTensor packed(const oracle::Blocks& blocks, luqsim::BlockFormat format) {
  luqsim::BlockTensor t;
  t.format = format;
  const std::size_t row_bytes = luqsim::packed_row_bytes(blocks.cols);
  t.codes = {luqsim::Format::fp4_e2m1, blocks.rows, blocks.cols, std::vector<std::uint8_t>(blocks.rows * row_bytes)};
  for (std::size_t i = 0; i < blocks.rows; ++i)
    for (std::size_t j = 0; j < blocks.cols; ++j)
      t.codes.bytes[i * row_bytes + j / 2] = static_cast<std::uint8_t>(
          t.codes.bytes[i * row_bytes + j / 2] + blocks.codes[i * blocks.cols + j] * (j % 2 == 0 ? 1 : 16));
  t.scales = blocks.scales;
  t.tensor_scale = blocks.tensor_scale;
  return t;
}

}  // namespace bridge

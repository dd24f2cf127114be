// Block-scaled 4-bit tensors and their product from the definitions: rational elements, one rounding where one is
// stated.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "oracle/exact.h"
#include "oracle/philox.h"

namespace oracle {

struct BlockSettings {
  bool nvfp4 = false;  // otherwise mxfp4
  bool stochastic = false;
  int bits = 16;  // B

  std::size_t length() const { return nvfp4 ? 16 : 32; }
};

// Codes one a byte (not packed) and scales one a block, both row by row.
struct Blocks {
  std::size_t rows = 0, cols = 0;
  std::vector<std::uint8_t> codes, scales;
  float tensor_scale = 1;
};

// `maximum`: the tensor's, or its estimate; unused by mxfp4.
Blocks quantize_blocks(const std::vector<float>& x, std::size_t rows, std::size_t cols, const BlockSettings& settings,
                       const Stream& stream, float maximum);

// The code of one element x of a block with the scale code `scale`.
std::uint8_t block_element(float x, std::uint8_t scale, float tensor_scale, const BlockSettings& settings,
                           std::uint64_t u);

// Row-major a.rows x b.rows, both along their columns. Any NaN is 0x7FC00000.
std::vector<float> multiply_blocks(const Blocks& a, const Blocks& b, const BlockSettings& settings);

}  // namespace oracle

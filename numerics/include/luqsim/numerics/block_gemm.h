// The matrix product of block-scaled 4-bit tensors as hardware computes it (OCP MX 1.0, section 6.2: the dot product of
// blocks is that of the elements times both scales; what is left to implementations, order and rounding, is stated
// here).
#pragma once
#include <span>

#include "luqsim/numerics/block_scale.h"

namespace luqsim {

// out[m, n] = sum over k of a[m, k] b[n, k], out row-major a.rows x b.rows: both operands have their blocks along K, so
// the right-hand one is given transposed. As block-scaled matrix units do it, block by block with increasing k:
//   term = RN(dot * s_a * s_b): dot, the block's sum of products of elements, and the product with the scales are
//          exact (an integer in units of 1/4, and at most 20 bits), so only overflow and underflow of mxfp4 round;
//   acc  = RN(acc + term), from +0;
//   out  = RN(acc * RN(tensor_scale_a * tensor_scale_b)).
// All in binary32 with its infinities. A block whose scale is NaN (e8m0 0xFF, e4m3 0x7F) or a sum of opposite
// infinities gives the NaN 0x7FC00000. Throws std::invalid_argument when formats, cols or sizes disagree, or an e4m3
// scale has its sign bit set.
void block_gemm(const BlockView& a, const BlockView& b, std::span<float> out);

}  // namespace luqsim

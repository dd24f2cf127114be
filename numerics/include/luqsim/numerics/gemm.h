// Exact integer GEMM on decoded codes, and the scaling of its sums to the output.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace luqsim {

// Below this K any sum of products |uint4 x fp4| <= 960 fits int32.
inline constexpr std::size_t max_exact_k = std::size_t{1} << 21;

// A row-major matrix of int8 values, or its transpose: `rows` and `cols` are those of the matrix that the GEMM sees;
// element (i, j) is data[i * stride + j], or data[j * stride + i] when transposed.
struct Int8Matrix {
  const std::int8_t* data = nullptr;
  std::size_t rows = 0, cols = 0, stride = 0;
  bool transposed = false;
};

enum class Accumulate : bool { overwrite, add };

// C (a.rows x b.cols, row-major, contiguous) = or += A B. Exact for |a b| <= 960 and K < 2^21; on processors without
// 8-bit dot-product instructions oneDNN pairs products in 16 bits, which those magnitudes cannot overflow either.
// Throws std::invalid_argument when shapes disagree or K is too large, std::runtime_error where oneDNN fails.
void gemm_s8s8s32(const Int8Matrix& a, const Int8Matrix& b, std::span<std::int32_t> c,
                  Accumulate accumulate = Accumulate::overwrite);

// The same by three plain loops: the cross-check.
void gemm_s8s8s32_loops(const Int8Matrix& a, const Int8Matrix& b, std::span<std::int32_t> c,
                        Accumulate accumulate = Accumulate::overwrite);

// The factor of the output: RN(s_a * s_b), divided (rounded) by the number of samples (SMP averages over them).
float output_scale(float scale_a, float scale_b, std::uint32_t samples = 1);

// out = RN(RN(float(acc)) * scale); out.size() >= acc.size().
void scale_output(std::span<const std::int32_t> acc, float scale, std::span<float> out);
void scale_output(std::span<const std::int64_t> acc, float scale, std::span<float> out);

}  // namespace luqsim

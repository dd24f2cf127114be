// Around a 4-bit GEMM on INT8 tensor cores (int8_gemm.h): codes widen to their integer values, an epilogue scales the
// sums.
#pragma once
#include <cstdint>

#include <cuda_runtime.h>

#include "luqsim/cuda/host_device.h"
#include "luqsim/cuda/quantize.h"

namespace luqsim::cuda {

// Rows and K of what cuBLASLt multiplies are padded to this (its INT8 kernels want 16-byte rows).
constexpr std::uint64_t gemm_padding = 16;
constexpr std::uint64_t padded(std::uint64_t n) { return (n + gemm_padding - 1) / gemm_padding * gemm_padding; }

// Patches of a stored NHWC tensor; the fields of traces' Im2col.
struct Patches {
  std::uint32_t n, h, w, c, kernel_h, kernel_w, stride, padding;

  LUQSIM_HOST_DEVICE std::uint32_t out_h() const { return (h + 2 * padding - kernel_h) / stride + 1; }
  LUQSIM_HOST_DEVICE std::uint32_t out_w() const { return (w + 2 * padding - kernel_w) / stride + 1; }
};

// Integer values of packed codes, K along a row: values[padded(rows)][padded(k)], zero in the padding.
//   widen            stored [rows][k]          widen_transposed          stored [k][rows]
//   widen_patches    rows are patches, k (kernel_y, kernel_x, channel); `transposed`: rows and k exchanged
void widen(cudaStream_t stream, const std::uint8_t* codes, Format format, Shape shape, std::int8_t* values);
void widen_transposed(cudaStream_t stream, const std::uint8_t* codes, Format format, Shape stored, std::int8_t* values);
void widen_patches(cudaStream_t stream, const std::uint8_t* codes, Format format, const Patches& patches,
                   bool transposed, std::int8_t* values);

// out[rows][cols] = RN(RN(float(sum)) * factor), factor = RN(*scale_a * *scale_b), divided (rounded) by samples. `Sum`:
// int32, in rows of `stride` sums, or int64 (of several samples).
void scale_sums(cudaStream_t stream, const std::int32_t* sums, std::uint64_t stride, Shape shape, const float* scale_a,
                const float* scale_b, std::uint32_t samples, float* out);
void scale_sums(cudaStream_t stream, const std::int64_t* sums, std::uint64_t stride, Shape shape, const float* scale_a,
                const float* scale_b, std::uint32_t samples, float* out);
// totals[i] = sums[i], or totals[i] += sums[i].
void add_sums(cudaStream_t stream, const std::int32_t* sums, std::uint64_t n, bool first, std::int64_t* totals);

}  // namespace luqsim::cuda

// Packed 4-bit tensors on the device, rearranged: levels to codes, and codes transposed. Padding nibbles are 0.
#pragma once
#include <cstdint>

#include <cuda_runtime.h>

#include "luqsim/cuda/quantize.h"

namespace luqsim::cuda {

// The codes of levels (luqsim::pack_levels): rows x cols bytes in, rows x packed_row_bytes(cols) out.
void pack_levels(cudaStream_t stream, const std::int8_t* levels, Format format, Shape shape, std::uint8_t* codes);

// The codes of the transposed tensor: stored rows x cols in, cols x rows out.
void transpose_codes(cudaStream_t stream, const std::uint8_t* codes, Shape stored, std::uint8_t* transposed);

}  // namespace luqsim::cuda

// The shape of every quantizer: values in, packed codes out, whatever the quantizer. A thread takes eight elements, the
// reach of one random block; where rows have an odd number of codes, or pointers are not aligned, a thread makes a
// byte.
//
// A quantizer has, for kernels: `Random random(group)`, what elements 8 group .. 8 group + 7 need of random numbers;
// `std::uint32_t code(x, inverse, random, i)`, the code of the i-th of them; `float prepare()`, which works out the
// scale from device memory, returns its inverse (0: all codes are 0), and writes the statistics in the grid's first
// block; and the member `statistics`.
#pragma once
#include "eight.h"
#include "reduce.h"

namespace luqsim::cuda {

template <class Quantizer>
__device__ float block_inverse(const Quantizer& quantizer) {
  __shared__ float inverse;
  if (threadIdx.x == 0) inverse = quantizer.prepare();
  __syncthreads();
  return inverse;
}

template <class Quantizer, class Source, bool measures>
__global__ void __launch_bounds__(max_block_threads)
    group_codes_kernel(Quantizer quantizer, Source x, std::uint64_t groups, std::uint32_t* codes) {
  const float inverse = block_inverse(quantizer);
  SeenMax seen;
  for (std::uint64_t g = global_thread(); g < groups; g += global_threads()) {
    float v[8];
    x.load(g, v);
    const auto random = quantizer.random(g);
    std::uint32_t packed = 0;
    for (unsigned i = 0; i < 8; ++i) {
      if constexpr (measures) seen.see(v[i], 8 * g + i);
      packed |= quantizer.code(v[i], inverse, random, i) << 4 * i;
    }
    codes[g] = packed;
  }
  if constexpr (measures) merge_max(seen, quantizer.statistics);
}

// Bytes first_byte .. bytes - 1 of a tensor whose rows have `cols` codes.
template <class Quantizer, class Source, bool measures>
__global__ void __launch_bounds__(max_block_threads)
    byte_codes_kernel(Quantizer quantizer, Source x, std::uint64_t first_byte, std::uint64_t bytes, std::uint64_t cols,
                      std::uint8_t* codes) {
  const float inverse = block_inverse(quantizer);
  const std::uint64_t row_bytes = packed_row_bytes(cols);
  SeenMax seen;
  for (std::uint64_t b = first_byte + global_thread(); b < bytes; b += global_threads()) {
    const std::uint64_t row = b / row_bytes, col = 2 * (b % row_bytes);
    std::uint32_t packed = 0;
    for (unsigned i = 0; i < 2 && col + i < cols; ++i) {
      const std::uint64_t element = row * cols + col + i;
      const float v = x.at(element);
      if constexpr (measures) seen.see(v, element);
      packed |= quantizer.code(v, inverse, quantizer.random(element / 8), element % 8) << 4 * i;
    }
    codes[b] = static_cast<std::uint8_t>(packed);
  }
  if constexpr (measures) merge_max(seen, quantizer.statistics);
}

template <bool measures, class Quantizer, class Source>
void launch_codes(cudaStream_t stream, const Quantizer& quantizer, const Source& x, Shape shape, std::uint8_t* codes) {
  const std::uint64_t bytes = shape.rows * packed_row_bytes(shape.cols);
  const std::uint64_t groups = x.loads_vectors() && shape.cols % 2 == 0 && aligned(codes, 4) ? shape.size() / 8 : 0;
  if (groups > 0)
    launch_over(stream, groups, group_codes_kernel<Quantizer, Source, measures>, quantizer, x, groups,
                reinterpret_cast<std::uint32_t*>(codes));
  // Also for an empty tensor: somebody has to write the statistics.
  if (4 * groups < bytes || bytes == 0)
    launch_over(stream, bytes - 4 * groups, byte_codes_kernel<Quantizer, Source, measures>, quantizer, x, 4 * groups,
                bytes, shape.cols, codes);
}

}  // namespace luqsim::cuda

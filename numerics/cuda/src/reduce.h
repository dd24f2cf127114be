// Reductions over a block: integers, so that no order changes the result.
#pragma once
#include <cstdint>

#include "luqsim/cuda/quantize.h"

#include "elements/bits.h"
#include "launch.h"

namespace luqsim::cuda {

// What a thread saw of |x|.
struct SeenMax {
  std::uint32_t bits = 0;
  unsigned long long non_finite_complement = 0;

  __device__ void see(float x, std::uint64_t index) {
    const std::uint32_t magnitude = float_bits(x) & magnitude_bits;
    bits = max(bits, magnitude);
    if (magnitude >= infinity_bits)
      non_finite_complement = max(non_finite_complement, ~static_cast<unsigned long long>(index));
  }
};

// Every thread of the block calls it, once.
__device__ inline void merge_max(const SeenMax& seen, Statistics* statistics) {
  __shared__ std::uint32_t warp_bits[max_block_threads / 32];
  const std::uint32_t in_warp = __reduce_max_sync(0xFFFFFFFFU, seen.bits);
  if (threadIdx.x % 32 == 0) warp_bits[threadIdx.x / 32] = in_warp;
  __syncthreads();
  if (threadIdx.x == 0) {
    std::uint32_t largest = 0;
    for (unsigned warp = 0; warp < blockDim.x / 32; ++warp) largest = max(largest, warp_bits[warp]);
    // Magnitudes are ordered as their bits.
    atomicMax(reinterpret_cast<unsigned*>(&statistics->max_abs), largest);
  }
  // Rare: no need to be quick.
  if (seen.non_finite_complement != 0) atomicMax(&statistics->non_finite_complement, seen.non_finite_complement);
}

__device__ inline void merge_sum(unsigned long long in_thread, unsigned long long* sum) {
  for (int distance = 16; distance > 0; distance /= 2) in_thread += __shfl_down_sync(0xFFFFFFFFU, in_thread, distance);
  if (threadIdx.x % 32 == 0) atomicAdd(sum, in_thread);
}

}  // namespace luqsim::cuda

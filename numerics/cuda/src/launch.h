// Launching kernels, and how many blocks keep a device busy.
#pragma once
#include <algorithm>
#include <cstdint>
#include <utility>

#include "luqsim/cuda/device.h"

namespace luqsim::cuda {

constexpr unsigned block_threads = 256;

template <class... Parameters, class... Arguments>
void launch(cudaStream_t stream, dim3 grid, dim3 block, void (*kernel)(Parameters...), Arguments&&... arguments) {
  cudaLaunchConfig_t config{};
  config.gridDim = grid;
  config.blockDim = block;
  config.stream = stream;
  check(cudaLaunchKernelEx(&config, kernel, std::forward<Arguments>(arguments)...), "kernel launch");
}

// For kernels whose threads take items t, t + threads, ...: enough blocks for all items, at most what runs at once.
inline dim3 blocks_for(std::uint64_t items) {
  const std::uint64_t wanted = (items + block_threads - 1) / block_threads;
  return {static_cast<unsigned>(std::clamp<std::uint64_t>(wanted, 1, multiprocessors() * std::uint64_t{8})), 1, 1};
}

#if defined(__CUDACC__) || defined(LUQSIM_CUDA_EMULATED)
__device__ inline std::uint64_t global_thread() { return std::uint64_t{blockIdx.x} * blockDim.x + threadIdx.x; }
__device__ inline std::uint64_t global_threads() { return std::uint64_t{gridDim.x} * blockDim.x; }
#endif

}  // namespace luqsim::cuda

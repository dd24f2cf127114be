// Launching kernels, and how many blocks keep a device busy.
#pragma once
#include <algorithm>
#include <cstdint>
#include <utility>

#include "luqsim/cuda/device.h"

namespace luqsim::cuda {

template <class... Parameters, class... Arguments>
void launch(cudaStream_t stream, dim3 grid, dim3 block, void (*kernel)(Parameters...), Arguments&&... arguments) {
  cudaLaunchConfig_t config{};
  config.gridDim = grid;
  config.blockDim = block;
  config.stream = stream;
  check(cudaLaunchKernelEx(&config, kernel, std::forward<Arguments>(arguments)...), "kernel launch");
}

// For kernels whose threads take items t, t + threads, ...: enough blocks for all items, at most what runs at once.
template <class... Parameters, class... Arguments>
void launch_over(cudaStream_t stream, std::uint64_t items, void (*kernel)(Parameters...), Arguments&&... arguments) {
  const Geometry& g = geometry();
  const std::uint64_t wanted = (items + g.block_threads - 1) / g.block_threads;
  const std::uint64_t most = std::uint64_t{multiprocessors()} * g.blocks_per_multiprocessor;
  launch(stream, static_cast<unsigned>(std::clamp<std::uint64_t>(wanted, 1, most)), g.block_threads, kernel,
         std::forward<Arguments>(arguments)...);
}

#if defined(__CUDACC__) || defined(LUQSIM_CUDA_EMULATED)
__device__ inline std::uint64_t global_thread() { return std::uint64_t{blockIdx.x} * blockDim.x + threadIdx.x; }
__device__ inline std::uint64_t global_threads() { return std::uint64_t{gridDim.x} * blockDim.x; }
#endif

}  // namespace luqsim::cuda

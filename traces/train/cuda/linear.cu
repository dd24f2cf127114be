#include "kernels.h"
#include "launch.h"

namespace luqsim::train {
namespace {

using cuda::global_thread;
using cuda::global_threads;
using cuda::launch;
using cuda::launch_over;
using cuda::max_block_threads;

constexpr unsigned tile = 16;

// A block makes tile x tile outputs; every sum runs over k in its order, whatever the tiles.
__global__ void __launch_bounds__(tile* tile)
    gemm_kernel(const float* a, const float* b, float* out, std::uint64_t m, std::uint64_t n, std::uint64_t k) {
  __shared__ float left[tile][tile + 1], right[tile][tile];
  // Rows, of which there may be many, along the grid's long dimension.
  const std::uint64_t row = std::uint64_t{blockIdx.x} * tile + threadIdx.y;
  const std::uint64_t col = std::uint64_t{blockIdx.y} * tile + threadIdx.x;
  float sum = 0;
  for (std::uint64_t first = 0; first < k; first += tile) {
    if (row < m && first + threadIdx.x < k) left[threadIdx.y][threadIdx.x] = a[row * k + first + threadIdx.x];
    if (col < n && first + threadIdx.y < k) right[threadIdx.y][threadIdx.x] = b[(first + threadIdx.y) * n + col];
    __syncthreads();
    const unsigned count = k - first < tile ? static_cast<unsigned>(k - first) : tile;
    for (unsigned i = 0; i < count; ++i) sum = sum + left[threadIdx.y][i] * right[i][threadIdx.x];
    __syncthreads();
  }
  if (row < m && col < n) out[row * n + col] = sum;
}

__global__ void transpose_kernel(const float* x, Shape shape, float* out) {
  for (std::uint64_t i = global_thread(); i < shape.size(); i += global_threads())
    out[i] = x[i % shape.rows * shape.cols + i / shape.rows];
}

template <bool products>
__global__ void column_sums_kernel(const float* a, const float* b, Shape shape, float* out) {
  for (std::uint64_t col = global_thread(); col < shape.cols; col += global_threads()) {
    float sum = 0;
    for (std::uint64_t i = col; i < shape.size(); i += shape.cols) sum = sum + (products ? a[i] * b[i] : a[i]);
    out[col] = sum;
  }
}

}  // namespace

void gemm(cudaStream_t stream, const float* a, const float* b, float* out, std::uint64_t m, std::uint64_t n,
          std::uint64_t k) {
  const dim3 grid(static_cast<unsigned>((m + tile - 1) / tile), static_cast<unsigned>((n + tile - 1) / tile));
  launch(stream, grid, dim3(tile, tile), gemm_kernel, a, b, out, m, n, k);
}

void transpose(cudaStream_t stream, const float* x, Shape shape, float* out) {
  launch_over(stream, shape.size(), transpose_kernel, x, shape, out);
}

void column_sums(cudaStream_t stream, const float* x, Shape shape, float* out) {
  launch_over(stream, shape.cols, column_sums_kernel<false>, x, nullptr, shape, out);
}

void column_sums_of_products(cudaStream_t stream, const float* a, const float* b, Shape shape, float* out) {
  launch_over(stream, shape.cols, column_sums_kernel<true>, a, b, shape, out);
}

}  // namespace luqsim::train

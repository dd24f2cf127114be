#include "kernels.h"
#include "launch.h"

namespace luqsim::train {
namespace {

using cuda::global_thread;
using cuda::global_threads;
using cuda::launch_over;

__global__ void gather_rows_kernel(const float* table, const std::uint32_t* rows, Shape shape, float* out) {
  for (std::uint64_t i = global_thread(); i < shape.size(); i += global_threads())
    out[i] = table[rows[i / shape.cols] * shape.cols + i % shape.cols];
}

// A thread sums one column of one table row over the rows that go there, in their order.
__global__ void scatter_add_rows_kernel(const float* x, const std::uint32_t* rows, std::uint64_t x_rows, Shape shape,
                                        float* out) {
  for (std::uint64_t i = global_thread(); i < shape.size(); i += global_threads()) {
    const std::uint64_t target = i / shape.cols, col = i % shape.cols;
    float sum = 0;
    for (std::uint64_t row = 0; row < x_rows; ++row)
      if (rows[row] == target) sum = sum + x[row * shape.cols + col];
    out[i] = sum;
  }
}

__global__ void add_kernel(const float* a, const float* b, std::uint64_t n, float* out) {
  for (std::uint64_t i = global_thread(); i < n; i += global_threads()) out[i] = a[i] + b[i];
}

__global__ void add_bias_kernel(const float* x, const float* bias, Shape shape, float* out) {
  for (std::uint64_t i = global_thread(); i < shape.size(); i += global_threads()) out[i] = x[i] + bias[i % shape.cols];
}

__global__ void relu_kernel(const float* x, std::uint64_t n, float* out) {
  for (std::uint64_t i = global_thread(); i < n; i += global_threads()) out[i] = x[i] > 0.0F ? x[i] : 0.0F;
}

__global__ void relu_backward_kernel(const float* gradient, const float* output, std::uint64_t n, float* out) {
  for (std::uint64_t i = global_thread(); i < n; i += global_threads()) out[i] = output[i] > 0.0F ? gradient[i] : 0.0F;
}

__global__ void sgd_kernel(const float* weights, const float* velocity, const float* gradient, std::uint64_t n,
                           SgdRates r, float* new_weights, float* new_velocity) {
  for (std::uint64_t i = global_thread(); i < n; i += global_threads()) {
    const float v = r.momentum * velocity[i] + (gradient[i] + r.decay * weights[i]);
    new_velocity[i] = v;
    new_weights[i] = weights[i] - r.rate * v;
  }
}

}  // namespace

void gather_rows(cudaStream_t stream, const float* table, const std::uint32_t* rows, Shape out_shape, float* out) {
  launch_over(stream, out_shape.size(), gather_rows_kernel, table, rows, out_shape, out);
}

void scatter_add_rows(cudaStream_t stream, const float* x, const std::uint32_t* rows, std::uint64_t x_rows,
                      Shape out_shape, float* out) {
  launch_over(stream, out_shape.size(), scatter_add_rows_kernel, x, rows, x_rows, out_shape, out);
}

void add(cudaStream_t stream, const float* a, const float* b, std::uint64_t n, float* out) {
  launch_over(stream, n, add_kernel, a, b, n, out);
}

void add_bias(cudaStream_t stream, const float* x, const float* bias, Shape shape, float* out) {
  launch_over(stream, shape.size(), add_bias_kernel, x, bias, shape, out);
}

void relu(cudaStream_t stream, const float* x, std::uint64_t n, float* out) {
  launch_over(stream, n, relu_kernel, x, n, out);
}

void relu_backward(cudaStream_t stream, const float* gradient, const float* output, std::uint64_t n, float* out) {
  launch_over(stream, n, relu_backward_kernel, gradient, output, n, out);
}

void sgd(cudaStream_t stream, const float* weights, const float* velocity, const float* gradient, std::uint64_t n,
         SgdRates rates, float* new_weights, float* new_velocity) {
  launch_over(stream, n, sgd_kernel, weights, velocity, gradient, n, rates, new_weights, new_velocity);
}

}  // namespace luqsim::train

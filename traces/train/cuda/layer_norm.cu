#include "kernels.h"
#include "launch.h"

namespace luqsim::train {
namespace {

using cuda::global_thread;
using cuda::global_threads;
using cuda::launch_over;

__global__ void layer_norm_kernel(const float* x, const float* gain, const float* bias, Shape shape, float epsilon,
                                  float* out, float* normalized, float* inverse_deviation) {
  const float n = static_cast<float>(shape.cols);
  for (std::uint64_t row = global_thread(); row < shape.rows; row += global_threads()) {
    const std::uint64_t first = row * shape.cols, end = first + shape.cols;
    float sum = 0, squares = 0;
    for (std::uint64_t i = first; i < end; ++i) sum = sum + x[i];
    const float mean = sum / n;
    for (std::uint64_t i = first; i < end; ++i) {
      const float centered = x[i] - mean;
      squares = squares + centered * centered;
    }
    const float inverse = 1.0F / sqrtf(squares / n + epsilon);
    inverse_deviation[row] = inverse;
    for (std::uint64_t i = first; i < end; ++i) {
      const float unit = (x[i] - mean) * inverse;
      normalized[i] = unit;
      out[i] = unit * gain[i - first] + bias[i - first];
    }
  }
}

__global__ void layer_norm_backward_kernel(const float* gradient, const float* gain, const float* normalized,
                                           const float* inverse_deviation, Shape shape, float* out) {
  const float n = static_cast<float>(shape.cols);
  for (std::uint64_t row = global_thread(); row < shape.rows; row += global_threads()) {
    const std::uint64_t first = row * shape.cols, end = first + shape.cols;
    float sum = 0, products = 0;
    for (std::uint64_t i = first; i < end; ++i) {
      const float g = gradient[i] * gain[i - first];
      sum = sum + g;
      products = products + g * normalized[i];
    }
    const float mean = sum / n, slope = products / n, inverse = inverse_deviation[row];
    for (std::uint64_t i = first; i < end; ++i)
      out[i] = ((gradient[i] * gain[i - first] - mean) - normalized[i] * slope) * inverse;
  }
}

}  // namespace

void layer_norm(cudaStream_t stream, const float* x, const float* gain, const float* bias, Shape shape, float epsilon,
                float* out, float* normalized, float* inverse_deviation) {
  launch_over(stream, shape.rows, layer_norm_kernel, x, gain, bias, shape, epsilon, out, normalized, inverse_deviation);
}

void layer_norm_backward(cudaStream_t stream, const float* gradient, const float* gain, const float* normalized,
                         const float* inverse_deviation, Shape shape, float* out) {
  launch_over(stream, shape.rows, layer_norm_backward_kernel, gradient, gain, normalized, inverse_deviation, shape,
              out);
}

}  // namespace luqsim::train

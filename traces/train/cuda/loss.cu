#include "elements/bits.h"
#include "elements/elementary.h"
#include "kernels.h"
#include "launch.h"

namespace luqsim::train {
namespace {

using cuda::global_thread;
using cuda::global_threads;
using cuda::launch;
using cuda::launch_over;

__global__ void row_losses_kernel(const float* logits, const std::uint8_t* labels, Shape shape, float* row_losses,
                                  std::uint32_t* row_correct, float* gradient) {
  const float per_row = 1.0F / static_cast<float>(shape.rows);
  for (std::uint64_t row = global_thread(); row < shape.rows; row += global_threads()) {
    const float* z = logits + row * shape.cols;
    float* g = gradient + row * shape.cols;
    std::uint64_t top = 0;  // the first of the largest
    for (std::uint64_t j = 1; j < shape.cols; ++j)
      if (z[top] < z[j]) top = j;
    float sum = 0;
    for (std::uint64_t j = 0; j < shape.cols; ++j) {
      g[j] = cuda::exp_nonpositive(z[j] - z[top]);
      sum = sum + g[j];
    }
    const std::uint64_t label = labels[row];
    for (std::uint64_t j = 0; j < shape.cols; ++j) g[j] = (g[j] / sum - (j == label ? 1.0F : 0.0F)) * per_row;
    row_losses[row] = cuda::log_positive(sum) - (z[label] - z[top]);
    row_correct[row] = top == label ? 1 : 0;
  }
}

// One thread: the order of rows is part of the result.
__global__ void mean_loss_kernel(const float* row_losses, const std::uint32_t* row_correct, std::uint64_t rows,
                                 StepResult* result) {
  float total = 0;
  std::uint32_t correct = 0;
  for (std::uint64_t row = 0; row < rows; ++row) {
    total = total + row_losses[row];
    correct += row_correct[row];
  }
  result->loss = total * (1.0F / static_cast<float>(rows));
  result->correct = correct;
}

__global__ void flag_non_finite_kernel(const cuda::Statistics* statistics, StepResult* result) {
  if (cuda::float_bits(statistics->max_abs) >= cuda::infinity_bits) result->non_finite = 1;
}

}  // namespace

void softmax_cross_entropy(cudaStream_t stream, const float* logits, const std::uint8_t* labels, Shape shape,
                           float* row_losses, std::uint32_t* row_correct, float* gradient, StepResult* result) {
  launch_over(stream, shape.rows, row_losses_kernel, logits, labels, shape, row_losses, row_correct, gradient);
  launch(stream, 1, 1, mean_loss_kernel, row_losses, row_correct, shape.rows, result);
}

void flag_non_finite(cudaStream_t stream, const cuda::Statistics* statistics, StepResult* result) {
  launch(stream, 1, 1, flag_non_finite_kernel, statistics, result);
}

}  // namespace luqsim::train

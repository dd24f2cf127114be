// The kernels of a training step that are not in 4 bits: each gives the bits of the Backend operation of its name. A
// thread makes one element, or one row where the order of a sum is that of the columns. Dense row-major matrices; all
// pointers are device pointers; outputs overlap no inputs.
#pragma once
#include <cstdint>

#include <cuda_runtime.h>

#include "luqsim/cuda/gemm.h"

namespace luqsim::train {

using cuda::Patches;
using cuda::Shape;

// out[m][n] = a[m][k] b[k][n].
void gemm(cudaStream_t stream, const float* a, const float* b, float* out, std::uint64_t m, std::uint64_t n,
          std::uint64_t k);
void transpose(cudaStream_t stream, const float* x, Shape shape, float* out);
void column_sums(cudaStream_t stream, const float* x, Shape shape, float* out);
void column_sums_of_products(cudaStream_t stream, const float* a, const float* b, Shape shape, float* out);

void im2col(cudaStream_t stream, const float* x, const Patches& patches, float* out);
void col2im(cudaStream_t stream, const float* columns, const Patches& patches, float* out);
// Shapes are those of the pooled image's rows (n * h/2 * w/2) and its channels; h and w of the image.
void average_pool(cudaStream_t stream, const float* x, Shape pooled, std::uint32_t h, std::uint32_t w, float* out);
void average_pool_backward(cudaStream_t stream, const float* gradient, Shape pooled, std::uint32_t h, std::uint32_t w,
                           float* out);

void gather_rows(cudaStream_t stream, const float* table, const std::uint32_t* rows, Shape out_shape, float* out);
void scatter_add_rows(cudaStream_t stream, const float* x, const std::uint32_t* rows, std::uint64_t x_rows,
                      Shape out_shape, float* out);
void add(cudaStream_t stream, const float* a, const float* b, std::uint64_t n, float* out);
void add_bias(cudaStream_t stream, const float* x, const float* bias, Shape shape, float* out);
void relu(cudaStream_t stream, const float* x, std::uint64_t n, float* out);
void relu_backward(cudaStream_t stream, const float* gradient, const float* output, std::uint64_t n, float* out);
struct SgdRates {
  float rate, momentum, decay;
};
void sgd(cudaStream_t stream, const float* weights, const float* velocity, const float* gradient, std::uint64_t n,
         SgdRates rates, float* new_weights, float* new_velocity);

void layer_norm(cudaStream_t stream, const float* x, const float* gain, const float* bias, Shape shape, float epsilon,
                float* out, float* normalized, float* inverse_deviation);
void layer_norm_backward(cudaStream_t stream, const float* gradient, const float* gain, const float* normalized,
                         const float* inverse_deviation, Shape shape, float* out);

struct Heads {
  std::uint64_t windows;
  std::uint32_t context, heads, width;  // width of a head
};
// probabilities: [windows][heads][context][context], as slopes.
void causal_attention(cudaStream_t stream, const float* qkv, const Heads& heads, float* out, float* probabilities);
// slopes: room for those of the scores.
void causal_attention_backward(cudaStream_t stream, const float* gradient, const float* qkv, const float* probabilities,
                               const Heads& heads, float* slopes, float* out);

// What a step reports, on the device.
struct StepResult {
  float loss = 0;
  std::uint32_t correct = 0, non_finite = 0;
};
// row_losses, row_correct: room for a value a row.
void softmax_cross_entropy(cudaStream_t stream, const float* logits, const std::uint8_t* labels, Shape shape,
                           float* row_losses, std::uint32_t* row_correct, float* gradient, StepResult* result);
void flag_non_finite(cudaStream_t stream, const cuda::Statistics* statistics, StepResult* result);

}  // namespace luqsim::train

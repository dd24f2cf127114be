#include "elements/elementary.h"
#include "kernels.h"
#include "launch.h"

namespace luqsim::train {
namespace {

using cuda::global_thread;
using cuda::global_threads;
using cuda::launch_over;

// A token of a head: where its parts lie.
struct Token {
  std::uint64_t window, head, position;
  std::uint64_t row;     // of qkv and of the output
  std::uint64_t column;  // of the head, in a third of the columns

  __device__ Token(const Heads& h, std::uint64_t index)
      : window(index / h.context / h.heads),
        head(index / h.context % h.heads),
        position(index % h.context),
        row(window * h.context + position),
        column(head * h.width) {}
};

__device__ std::uint64_t model_width(const Heads& h) { return std::uint64_t{h.heads} * h.width; }

// Part 0: queries, 1: keys, 2: values.
__device__ std::uint64_t part(const Heads& h, const Token& t, std::uint64_t position, unsigned which) {
  return ((t.window * h.context + position) * 3 + which) * model_width(h) + t.column;
}

__device__ float score_scale(const Heads& h) { return 1.0F / sqrtf(static_cast<float>(h.width)); }

// A thread attends with one query.
__global__ void attention_kernel(const float* qkv, Heads h, std::uint64_t tokens, float* out, float* probabilities) {
  const float scale = score_scale(h);
  for (std::uint64_t i = global_thread(); i < tokens; i += global_threads()) {
    const Token t(h, i);
    float* p = probabilities + i * h.context;
    const float* query = qkv + part(h, t, t.position, 0);
    float top = 0;
    for (std::uint64_t j = 0; j < h.context; ++j) {
      if (j > t.position) {
        p[j] = 0.0F;
        continue;
      }
      const float* key = qkv + part(h, t, j, 1);
      float score = 0;
      for (std::uint32_t d = 0; d < h.width; ++d) score = score + query[d] * key[d];
      p[j] = score * scale;
      if (j == 0 || top < p[j]) top = p[j];
    }
    float sum = 0;
    for (std::uint64_t j = 0; j <= t.position; ++j) {
      p[j] = cuda::exp_nonpositive(p[j] - top);
      sum = sum + p[j];
    }
    for (std::uint64_t j = 0; j <= t.position; ++j) p[j] = p[j] / sum;
    for (std::uint32_t d = 0; d < h.width; ++d) {
      float value = 0;
      for (std::uint64_t j = 0; j <= t.position; ++j) value = value + p[j] * qkv[part(h, t, j, 2) + d];
      out[t.row * model_width(h) + t.column + d] = value;
    }
  }
}

// A thread makes the slopes of one query's scores.
__global__ void score_slopes_kernel(const float* gradient, const float* qkv, const float* probabilities, Heads h,
                                    std::uint64_t tokens, float* slopes) {
  const float scale = score_scale(h);
  for (std::uint64_t i = global_thread(); i < tokens; i += global_threads()) {
    const Token t(h, i);
    const float *p = probabilities + i * h.context, *g = gradient + t.row * model_width(h) + t.column;
    float* slope = slopes + i * h.context;
    float mean = 0;
    for (std::uint64_t j = 0; j <= t.position; ++j) {
      const float* value = qkv + part(h, t, j, 2);
      float s = 0;
      for (std::uint32_t d = 0; d < h.width; ++d) s = s + g[d] * value[d];
      slope[j] = s;
      mean = mean + p[j] * s;
    }
    for (std::uint64_t j = 0; j <= t.position; ++j) slope[j] = (p[j] * (slope[j] - mean)) * scale;
  }
}

// A thread makes one column of one token's query, key and value gradients.
__global__ void qkv_slopes_kernel(const float* gradient, const float* qkv, const float* probabilities,
                                  const float* slopes, Heads h, std::uint64_t columns, float* out) {
  for (std::uint64_t i = global_thread(); i < columns; i += global_threads()) {
    const Token t(h, i / h.width);
    const std::uint64_t d = i % h.width, head_rows = (t.window * h.heads + t.head) * h.context;
    float query = 0, key = 0, value = 0;
    for (std::uint64_t j = 0; j <= t.position; ++j)
      query = query + slopes[(head_rows + t.position) * h.context + j] * qkv[part(h, t, j, 1) + d];
    for (std::uint64_t later = t.position; later < h.context; ++later) {
      const std::uint64_t at = (head_rows + later) * h.context + t.position;
      key = key + slopes[at] * qkv[part(h, t, later, 0) + d];
      value = value + probabilities[at] * gradient[(t.window * h.context + later) * model_width(h) + t.column + d];
    }
    out[part(h, t, t.position, 0) + d] = query;
    out[part(h, t, t.position, 1) + d] = key;
    out[part(h, t, t.position, 2) + d] = value;
  }
}

std::uint64_t tokens_of(const Heads& h) { return h.windows * h.heads * h.context; }

}  // namespace

void causal_attention(cudaStream_t stream, const float* qkv, const Heads& h, float* out, float* probabilities) {
  launch_over(stream, tokens_of(h), attention_kernel, qkv, h, tokens_of(h), out, probabilities);
}

void causal_attention_backward(cudaStream_t stream, const float* gradient, const float* qkv, const float* probabilities,
                               const Heads& h, float* slopes, float* out) {
  launch_over(stream, tokens_of(h), score_slopes_kernel, gradient, qkv, probabilities, h, tokens_of(h), slopes);
  launch_over(stream, tokens_of(h) * h.width, qkv_slopes_kernel, gradient, qkv, probabilities, slopes, h,
              tokens_of(h) * h.width, out);
}

}  // namespace luqsim::train

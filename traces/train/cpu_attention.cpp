#include "cpu_attention.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "luqsim/numerics/elementary.h"

namespace luqsim::train {
namespace {

float score_scale(const HeadShape& shape) { return 1.0F / std::sqrt(static_cast<float>(shape.width)); }

// y_j = y_j + a * x_j: the order of a sum is that of the calls, and the loop vectorizes.
void add_multiple(float* y, float a, const float* x, std::uint64_t n) {
  for (std::uint64_t j = 0; j < n; ++j) y[j] = y[j] + a * x[j];
}

// width x context, from rows of a head.
std::vector<float> transposed(const float* rows, std::uint64_t stride, const HeadShape& shape) {
  std::vector<float> t(shape.width * shape.context);
  for (std::uint64_t j = 0; j < shape.context; ++j)
    for (std::uint64_t d = 0; d < shape.width; ++d) t[d * shape.context + j] = rows[j * stride + d];
  return t;
}

void softmax(float* s, std::uint64_t n) {
  const float top = *std::max_element(s, s + n);
  float sum = 0;
  for (std::uint64_t j = 0; j < n; ++j) {
    s[j] = exp_nonpositive(s[j] - top);
    sum = sum + s[j];
  }
  for (std::uint64_t j = 0; j < n; ++j) s[j] = s[j] / sum;
}

}  // namespace

void attend(const HeadShape& shape, const HeadRows<const float>& in, float* probabilities,
            const HeadOutput<float>& out) {
  const float scale = score_scale(shape);
  const std::vector<float> keys = transposed(in.k, in.stride, shape);
  for (std::uint64_t i = 0; i < shape.context; ++i) {
    const std::uint64_t seen = i + 1;
    float* p = probabilities + i * shape.context;
    for (std::uint64_t d = 0; d < shape.width; ++d)
      add_multiple(p, in.q[i * in.stride + d], keys.data() + d * shape.context, seen);
    for (std::uint64_t j = 0; j < seen; ++j) p[j] = p[j] * scale;
    softmax(p, seen);
    for (std::uint64_t j = 0; j < seen; ++j)
      add_multiple(out.values + i * out.stride, p[j], in.v + j * in.stride, shape.width);
  }
}

void attend_backward(const HeadShape& shape, const HeadOutput<const float>& gradient, const HeadRows<const float>& in,
                     const float* probabilities, const HeadRows<float>& out) {
  const float scale = score_scale(shape);
  const std::vector<float> values = transposed(in.v, in.stride, shape);
  std::vector<float> slopes(shape.context);  // of row i: first those of the probabilities, then those of the scores
  for (std::uint64_t i = 0; i < shape.context; ++i) {
    const std::uint64_t seen = i + 1;
    const float* p = probabilities + i * shape.context;
    const float* g = gradient.values + i * gradient.stride;
    std::fill_n(slopes.begin(), seen, 0.0F);
    for (std::uint64_t d = 0; d < shape.width; ++d)
      add_multiple(slopes.data(), g[d], values.data() + d * shape.context, seen);
    float mean = 0;
    for (std::uint64_t j = 0; j < seen; ++j) mean = mean + p[j] * slopes[j];
    for (std::uint64_t j = 0; j < seen; ++j) slopes[j] = (p[j] * (slopes[j] - mean)) * scale;
    for (std::uint64_t j = 0; j < seen; ++j) {
      add_multiple(out.q + i * out.stride, slopes[j], in.k + j * in.stride, shape.width);
      add_multiple(out.k + j * out.stride, slopes[j], in.q + i * in.stride, shape.width);
      add_multiple(out.v + j * out.stride, p[j], g, shape.width);
    }
  }
}

}  // namespace luqsim::train

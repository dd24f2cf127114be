// Causal attention of one head in one window, in host memory (docs/training.md has the formulas).
#pragma once
#include <cstdint>

namespace luqsim::train {

// Queries, keys and values: `context` rows of `width` floats, `stride` floats apart.
template <class T>
struct HeadRows {
  T *q, *k, *v;
  std::uint64_t stride;
};

// A head's part of the output or of its gradient: rows as above.
template <class T>
struct HeadOutput {
  T* values;
  std::uint64_t stride;
};

struct HeadShape {
  std::uint64_t context, width;
};

// What they write holds 0 before. `probabilities`: context x context.
void attend(const HeadShape& shape, const HeadRows<const float>& in, float* probabilities,
            const HeadOutput<float>& out);
void attend_backward(const HeadShape& shape, const HeadOutput<const float>& gradient, const HeadRows<const float>& in,
                     const float* probabilities, const HeadRows<float>& out);

}  // namespace luqsim::train

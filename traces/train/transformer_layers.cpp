#include <algorithm>

#include "layer.h"
#include "parameter.h"

namespace luqsim::train {
namespace {

Matrix ones(std::uint64_t cols) {
  Matrix m(1, cols);
  std::ranges::fill(m.values, 1.0F);
  return m;
}

class LayerNorm : public Layer {
 public:
  LayerNorm(Backend& backend, std::uint64_t width)
      : backend_(backend), gain_(backend, ones(width)), bias_(backend, Matrix(1, width)) {}

  Tensor forward(const Tensor& x) override {
    forward_ = backend_.layer_norm(x, gain_.value, bias_.value);
    return forward_.output;
  }

  Tensor backward(const Tensor& gradient, const Step&) override {
    gain_.gradient = backend_.column_sums_of_products(gradient, forward_.normalized);
    bias_.gradient = backend_.column_sums(gradient);
    return backend_.layer_norm_backward(gradient, gain_.value, forward_);
  }

  void update(const UpdateRule& rule) override {
    gain_.update_without_decay(backend_, rule);
    bias_.update_without_decay(backend_, rule);
  }

  void visit_weights(const std::function<void(Tensor&)>& visit) override {
    visit(gain_.value);
    visit(bias_.value);
  }

 private:
  Backend& backend_;
  Parameter gain_, bias_;
  NormalizedRows forward_;
};

class CausalAttention : public Layer {
 public:
  CausalAttention(Backend& backend, const AttentionShape& shape) : backend_(backend), shape_(shape) {}

  Tensor forward(const Tensor& x) override {
    qkv_ = x;
    Attention attention = backend_.causal_attention(x, shape_);
    probabilities_ = std::move(attention.probabilities);
    return std::move(attention.output);
  }

  Tensor backward(const Tensor& gradient, const Step&) override {
    return backend_.causal_attention_backward(gradient, qkv_, probabilities_, shape_);
  }

 private:
  Backend& backend_;
  AttentionShape shape_;
  Tensor qkv_, probabilities_;
};

}  // namespace

std::unique_ptr<Layer> make_layer_norm(Backend& backend, std::uint64_t width) {
  return std::make_unique<LayerNorm>(backend, width);
}
std::unique_ptr<Layer> make_causal_attention(Backend& backend, const AttentionShape& shape) {
  return std::make_unique<CausalAttention>(backend, shape);
}

}  // namespace luqsim::train

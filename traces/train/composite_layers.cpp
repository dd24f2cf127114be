#include "layer.h"

namespace luqsim::train {
namespace {

class Sequence : public Layer {
 public:
  explicit Sequence(std::vector<std::unique_ptr<Layer>> layers) : layers_(std::move(layers)) {}

  Tensor forward(const Tensor& x) override {
    Tensor y = x;
    for (const auto& layer : layers_) y = layer->forward(y);
    return y;
  }

  Tensor backward(const Tensor& gradient, const Step& step) override {
    Tensor g = gradient;
    for (std::size_t i = layers_.size(); i-- > 0;) g = layers_[i]->backward(g, step);
    return g;
  }

  void update(const UpdateRule& rule) override {
    for (const auto& layer : layers_) layer->update(rule);
  }

  void visit_weights(const std::function<void(Tensor&)>& visit) override {
    for (const auto& layer : layers_) layer->visit_weights(visit);
  }

  std::vector<std::string> recorded_names() const override {
    std::vector<std::string> all;
    for (const auto& layer : layers_)
      for (std::string& name : layer->recorded_names()) all.push_back(std::move(name));
    return all;
  }

 private:
  std::vector<std::unique_ptr<Layer>> layers_;
};

class Residual : public Layer {
 public:
  Residual(Backend& backend, std::unique_ptr<Layer> inner) : backend_(backend), inner_(std::move(inner)) {}

  Tensor forward(const Tensor& x) override { return backend_.add(x, inner_->forward(x)); }
  Tensor backward(const Tensor& gradient, const Step& step) override {
    return backend_.add(gradient, inner_->backward(gradient, step));
  }
  void update(const UpdateRule& rule) override { inner_->update(rule); }
  void visit_weights(const std::function<void(Tensor&)>& visit) override { inner_->visit_weights(visit); }
  std::vector<std::string> recorded_names() const override { return inner_->recorded_names(); }

 private:
  Backend& backend_;
  std::unique_ptr<Layer> inner_;
};

}  // namespace

std::unique_ptr<Layer> make_sequence(std::vector<std::unique_ptr<Layer>> layers) {
  return std::make_unique<Sequence>(std::move(layers));
}
std::unique_ptr<Layer> make_residual(Backend& backend, std::unique_ptr<Layer> inner) {
  return std::make_unique<Residual>(backend, std::move(inner));
}

}  // namespace luqsim::train

#include "layer.h"

namespace luqsim::train {
namespace {

class Relu : public Layer {
 public:
  explicit Relu(Backend& backend) : backend_(backend) {}
  Tensor forward(const Tensor& x) override { return output_ = backend_.relu(x); }
  Tensor backward(const Tensor& gradient, const Step&) override { return backend_.relu_backward(gradient, output_); }

 private:
  Backend& backend_;
  Tensor output_;
};

class AveragePool : public Layer {
 public:
  AveragePool(Backend& backend, std::uint32_t h, std::uint32_t w) : backend_(backend), h_(h), w_(w) {}
  Tensor forward(const Tensor& x) override { return backend_.average_pool(x, h_, w_); }
  Tensor backward(const Tensor& gradient, const Step&) override {
    return backend_.average_pool_backward(gradient, h_, w_);
  }

 private:
  Backend& backend_;
  std::uint32_t h_, w_;
};

class Flatten : public Layer {
 public:
  explicit Flatten(std::uint64_t pixels) : pixels_(pixels) {}
  Tensor forward(const Tensor& x) override { return {x.rows / pixels_, x.cols * pixels_, x.data}; }
  Tensor backward(const Tensor& gradient, const Step&) override {
    return {gradient.rows * pixels_, gradient.cols / pixels_, gradient.data};
  }

 private:
  std::uint64_t pixels_;
};

}  // namespace

std::unique_ptr<Layer> make_relu(Backend& backend) { return std::make_unique<Relu>(backend); }
std::unique_ptr<Layer> make_average_pool(Backend& backend, std::uint32_t h, std::uint32_t w) {
  return std::make_unique<AveragePool>(backend, h, w);
}
std::unique_ptr<Layer> make_flatten(std::uint64_t pixels) { return std::make_unique<Flatten>(pixels); }

}  // namespace luqsim::train

// A layer of a network: forward keeps what backward needs; update applies the gradients of the last backward.
#pragma once
#include <functional>
#include <memory>

#include "backend.h"
#include "options.h"
#include "recorder.h"

namespace luqsim::train {

// What a training step hands down to its layers.
struct Step {
  std::uint32_t number = 0;
  Recorder* recorder = nullptr;  // null: no recording
};

class Layer {
 public:
  virtual ~Layer() = default;
  virtual Tensor forward(const Tensor& x) = 0;
  virtual Tensor backward(const Tensor& gradient, const Step& step) = 0;
  virtual void update(const UpdateRule&) {}
  virtual void visit_weights(const std::function<void(Tensor&)>&) {}
  virtual std::string recorded_name() const { return {}; }  // of its GEMMs in a trace; empty: none runs in 4 bits
};

struct DenseConfig {
  std::string name;
  std::uint64_t inputs = 0, outputs = 0;  // of the GEMM: a convolution has kernel_h * kernel_w * c inputs
  std::optional<Im2col> geometry;         // of a convolution; n is set by each batch
  Scheme scheme = Scheme::fp32;           // fp32 also for a layer that stays in high precision
  Format activation = Format::int4;
  bool needs_input_gradient = true;
  std::uint64_t seed = 0;
  std::uint32_t tensor = 0;  // of its random streams: gradients tensor, initial weights tensor + 1000
};

// Linear layer or convolution: Z = A W + bias.
std::unique_ptr<Layer> make_dense_layer(Backend& backend, const DenseConfig& config);
std::unique_ptr<Layer> make_relu(Backend& backend);
std::unique_ptr<Layer> make_average_pool(Backend& backend, std::uint32_t h, std::uint32_t w);
// From a row a pixel to a row an image; the values stay where they are.
std::unique_ptr<Layer> make_flatten(std::uint64_t pixels);

}  // namespace luqsim::train

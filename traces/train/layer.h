// A layer of a network: forward keeps what backward needs; update applies the gradients of the last backward.
#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "backend.h"
#include "options.h"
#include "probe.h"
#include "recorder.h"

namespace luqsim::train {

// What a training step hands down to its layers.
struct Step {
  std::uint32_t number = 0;
  Recorder* recorder = nullptr;  // null: no recording
  Probe* probe = nullptr;        // null: no comparison
  bool fp32_gradients = false;   // none is quantized, whatever the scheme
};

// What has weights.
class Trainable {
 public:
  virtual ~Trainable() = default;
  virtual void update(const UpdateRule&) {}
  virtual void visit_weights(const std::function<void(Tensor&)>&) {}
};

// The first of a network: turns rows of a table, by number, into a tensor.
class Input : public Trainable {
 public:
  virtual Tensor forward(std::span<const std::uint32_t> rows) = 0;
  virtual void backward(const Tensor&) {}
};

class Layer : public Trainable {
 public:
  virtual Tensor forward(const Tensor& x) = 0;
  virtual Tensor backward(const Tensor& gradient, const Step& step) = 0;
  virtual std::vector<std::string> recorded_names() const { return {}; }  // in a trace, of layers with 4-bit gradients
};

// Fixed images. They pass on as rows of `columns` values: a row an image, or a row a pixel.
std::unique_ptr<Input> make_image_input(Backend& backend, const Matrix& images, std::uint64_t columns);

struct EmbeddingConfig {
  std::uint64_t vocabulary = 0, context = 0, width = 0;
  std::uint64_t seed = 0;
  std::uint32_t token_tensor = 0, position_tensor = 0;  // of the random streams of the initial values, + 1000
};

// The sum of what was learnt about a token and about its position; windows of `context` tokens follow each other.
std::unique_ptr<Input> make_embedding(Backend& backend, const EmbeddingConfig& config);

struct DenseConfig {
  std::string name;
  std::uint64_t inputs = 0, outputs = 0;  // of the GEMM: a convolution has kernel_h * kernel_w * c inputs
  std::optional<Im2col> geometry;         // of a convolution; n is set by each batch
  Scheme scheme = Scheme::fp32;           // fp32 also for a layer that stays in high precision
  Format activation = Format::int4;
  int random_bits = 16;
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
// Every row with mean 0 and variance 1, then a gain and a bias for each column.
std::unique_ptr<Layer> make_layer_norm(Backend& backend, std::uint64_t width);
// From columns queries, keys, values to what the heads attend to.
std::unique_ptr<Layer> make_causal_attention(Backend& backend, const AttentionShape& shape);

std::unique_ptr<Layer> make_sequence(std::vector<std::unique_ptr<Layer>> layers);
// x + inner(x).
std::unique_ptr<Layer> make_residual(Backend& backend, std::unique_ptr<Layer> inner);

}  // namespace luqsim::train

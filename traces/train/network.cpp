#include "network.h"

#include <algorithm>

#include <fmt/format.h>

#include "luqsim/numerics/gemm.h"
#include "luqsim/traces/record.h"

#include "images.h"
#include "input_error.h"
#include "text.h"

namespace luqsim::train {
namespace {

// How many rows (images, or tokens) a training step and a held-out group have at most.
struct BatchRows {
  std::uint64_t training, held_out;
};

class Builder {
 public:
  Builder(Backend& backend, const Options& options, Scheme scheme, BatchRows rows)
      : backend_(backend), options_(options), scheme_(scheme), rows_(rows) {}

  Network mlp(const Images& data) {
    std::uint64_t inputs = data.images.cols;
    for (std::uint32_t i = 1; i <= options_.hidden_layers; ++i) {
      dense({fmt::format("fc{}", i), inputs, options_.hidden, {}, i > 1});
      add(make_relu(backend_));
      inputs = options_.hidden;
    }
    dense({fmt::format("fc{}", options_.hidden_layers + 1), inputs, data.classes, {}, true, true});
    return {make_image_input(backend_, data.images, data.images.cols), sequence()};
  }

  Network cnn(const Images& data) {
    if (data.height % 2 != 0 || data.width % 2 != 0)
      throw InputError(
          fmt::format("images are {} x {}; a cnn pools 2 x 2 and wants even sizes", data.height, data.width));
    const std::uint32_t c1 = options_.channels, c2 = 2 * c1;
    convolution("conv1", {0, data.height, data.width, data.channels, 3, 3, 1, 1}, c1);
    convolution("conv2", {0, data.height, data.width, c1, 3, 3, 1, 1}, c2);
    add(make_average_pool(backend_, data.height, data.width));
    const std::uint64_t pixels = std::uint64_t{data.height} * data.width / 4;
    add(make_flatten(pixels));
    dense({"fc1", pixels * c2, options_.hidden, {}, true});
    add(make_relu(backend_));
    dense({"fc2", options_.hidden, data.classes, {}, true, true});
    return {make_image_input(backend_, data.images, data.channels), sequence()};
  }

  Network gpt(const Text& text) {
    const std::uint64_t width = options_.width;
    if (options_.width % options_.heads != 0)
      throw InputError(fmt::format("width: {}; wanted a multiple of heads, {}", options_.width, options_.heads));
    std::unique_ptr<Input> input = make_embedding(
        backend_, {text.vocabulary.size(), options_.context, width, options_.seed, next_tensor_, next_tensor_ + 1});
    next_tensor_ += 2;
    for (std::uint32_t i = 1; i <= options_.blocks; ++i) {
      const std::string block = fmt::format("block{}.", i);
      residual([&] {
        add(make_layer_norm(backend_, width));
        dense({block + "qkv", width, 3 * width});
        add(make_causal_attention(backend_, {options_.context, options_.heads}));
        dense({block + "proj", width, width});
      });
      residual([&] {
        add(make_layer_norm(backend_, width));
        dense({block + "fc1", width, 4 * width});
        add(make_relu(backend_));
        dense({block + "fc2", 4 * width, width, {}, true});
      });
    }
    add(make_layer_norm(backend_, width));
    dense({"head", width, text.vocabulary.size(), {}, false, true});
    return {std::move(input), sequence()};
  }

 private:
  struct Dense {
    std::string name;
    std::uint64_t inputs, outputs;
    std::optional<Im2col> geometry = {};
    bool after_relu = false, last = false;
  };

  void add(std::unique_ptr<Layer> layer) { layers_.push_back(std::move(layer)); }
  std::unique_ptr<Layer> sequence() { return make_sequence(std::exchange(layers_, {})); }

  // What `inner` adds becomes one layer: its input plus its output.
  template <class F>
  void residual(F inner) {
    std::vector<std::unique_ptr<Layer>> outer = std::exchange(layers_, {});
    inner();
    outer.push_back(make_residual(backend_, sequence()));
    layers_ = std::move(outer);
  }

  void convolution(const std::string& name, const Im2col& geometry, std::uint32_t channels) {
    dense({name, geometry.cols(), channels, geometry, next_tensor_ > 0});
    add(make_relu(backend_));
  }

  // Tensor 0 is the first layer's: of images, a dense one.
  void dense(const Dense& d) {
    const bool first = next_tensor_ == 0;
    const bool in_fp32 = (first && !options_.first_in_4_bits) || (d.last && !options_.last_in_4_bits);
    if (!in_fp32 && scheme_ != Scheme::fp32) check_limits(d);
    DenseConfig config{d.name, d.inputs, d.outputs, d.geometry};
    config.scheme = in_fp32 ? Scheme::fp32 : scheme_;
    config.activation = d.after_relu ? options_.activation : Format::int4;
    config.random_bits = options_.random_bits;
    config.needs_input_gradient = !first;
    config.seed = options_.seed;
    config.tensor = next_tensor_++;
    add(make_dense_layer(backend_, config));
  }

  // Exact sums (K of each of the three GEMMs) and exact moments (elements of each tensor) have limits.
  void check_limits(const Dense& d) const {
    const std::uint64_t positions = d.geometry ? std::uint64_t{d.geometry->h} * d.geometry->w : 1;
    const std::uint64_t k = std::max({rows_.training * positions, d.inputs, d.outputs});
    const std::uint64_t activations =
        std::max(rows_.training, rows_.held_out) * positions * (d.geometry ? d.geometry->c : d.inputs);
    const std::uint64_t elements = std::max(activations, d.inputs * d.outputs);
    if (k >= max_exact_k)
      throw InputError(
          fmt::format("layer {}: a 4-bit GEMM with K = {}; wanted less than {}: a smaller batch or network", d.name, k,
                      max_exact_k));
    if (elements > sawb_element_limit)
      throw InputError(
          fmt::format("layer {}: a 4-bit tensor of {} elements; wanted at most {}: a smaller batch or network", d.name,
                      elements, sawb_element_limit));
  }

  Backend& backend_;
  const Options& options_;
  Scheme scheme_;
  BatchRows rows_;
  std::uint32_t next_tensor_ = 0;
  std::vector<std::unique_ptr<Layer>> layers_;
};

}  // namespace

Network make_image_network(Backend& backend, const Options& options, Scheme scheme, const Images& images) {
  Builder builder(backend, options, scheme, {options.batch, evaluation_batch});
  if (options.network == NetworkKind::mlp) return builder.mlp(images);
  if (options.network == NetworkKind::cnn) return builder.cnn(images);
  throw InputError(fmt::format("network: {}; wanted mlp or cnn for images", name_of(options.network)));
}

Network make_text_network(Backend& backend, const Options& options, Scheme scheme, const Text& text) {
  const std::uint64_t rows = std::uint64_t{options.batch} * options.context;
  if (options.network == NetworkKind::gpt) return Builder(backend, options, scheme, {rows, rows}).gpt(text);
  throw InputError(fmt::format("network: {}; wanted gpt for a text", name_of(options.network)));
}

}  // namespace luqsim::train

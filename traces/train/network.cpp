#include "network.h"

#include <fmt/format.h>

#include "luqsim/numerics/gemm.h"

#include "input_error.h"

namespace luqsim::train {
namespace {

constexpr std::uint64_t max_sawb_elements = std::uint64_t{1} << 27;

class Builder {
 public:
  Builder(Backend& backend, const Options& options, Scheme scheme)
      : backend_(backend), options_(options), scheme_(scheme) {}

  Network mlp(const Dataset& data) {
    std::uint64_t inputs = data.images.cols;
    for (std::uint32_t i = 1; i <= options_.hidden_layers; ++i) {
      dense(fmt::format("fc{}", i), inputs, options_.hidden, {}, false);
      network_.push_back(make_relu(backend_));
      inputs = options_.hidden;
    }
    dense(fmt::format("fc{}", options_.hidden_layers + 1), inputs, data.classes, {}, true);
    return std::move(network_);
  }

  Network cnn(const Dataset& data) {
    if (data.height % 2 != 0 || data.width % 2 != 0)
      throw InputError(
          fmt::format("images are {} x {}; a cnn pools 2 x 2 and wants even sizes", data.height, data.width));
    const std::uint32_t c1 = options_.channels, c2 = 2 * c1;
    convolution("conv1", {0, data.height, data.width, 1, 3, 3, 1, 1}, c1);
    convolution("conv2", {0, data.height, data.width, c1, 3, 3, 1, 1}, c2);
    network_.push_back(make_average_pool(backend_, data.height, data.width));
    const std::uint64_t pixels = std::uint64_t{data.height} * data.width / 4;
    network_.push_back(make_flatten(pixels));
    dense("fc1", pixels * c2, options_.hidden, {}, false);
    network_.push_back(make_relu(backend_));
    dense("fc2", options_.hidden, data.classes, {}, true);
    return std::move(network_);
  }

 private:
  void convolution(const std::string& name, const Im2col& geometry, std::uint32_t channels) {
    dense(name, geometry.cols(), channels, geometry, false);
    network_.push_back(make_relu(backend_));
  }

  void dense(const std::string& name, std::uint64_t inputs, std::uint64_t outputs, std::optional<Im2col> geometry,
             bool last) {
    const bool first = next_tensor_ == 0;
    const bool in_fp32 = (first && !options_.first_in_4_bits) || (last && !options_.last_in_4_bits);
    if (!in_fp32 && scheme_ != Scheme::fp32) check_limits(name, inputs, outputs, geometry);
    DenseConfig config{name, inputs, outputs, geometry};
    config.scheme = in_fp32 ? Scheme::fp32 : scheme_;
    config.activation = first ? Format::int4 : options_.activation;
    config.needs_input_gradient = !first;
    config.seed = options_.seed;
    config.tensor = next_tensor_++;
    network_.push_back(make_dense_layer(backend_, config));
  }

  // Exact sums (K of each of the three GEMMs) and exact moments (elements of each tensor) have limits.
  void check_limits(const std::string& name, std::uint64_t inputs, std::uint64_t outputs,
                    const std::optional<Im2col>& geometry) const {
    const std::uint64_t positions = geometry ? std::uint64_t{geometry->h} * geometry->w : 1;
    const std::uint64_t k = std::max({options_.batch * positions, inputs, outputs});
    const std::uint64_t activations =
        std::max(options_.batch, evaluation_batch) * positions * (geometry ? geometry->c : inputs);
    const std::uint64_t elements = std::max(activations, inputs * outputs);
    if (k >= max_exact_k)
      throw InputError(fmt::format(
          "layer {}: a 4-bit GEMM with K = {}; wanted less than {}: a smaller batch or network", name, k, max_exact_k));
    if (elements > max_sawb_elements)
      throw InputError(
          fmt::format("layer {}: a 4-bit tensor of {} elements; wanted at most {}: a smaller batch or network", name,
                      elements, max_sawb_elements));
  }

  Backend& backend_;
  const Options& options_;
  Scheme scheme_;
  std::uint32_t next_tensor_ = 0;
  Network network_;
};

}  // namespace

Network make_network(Backend& backend, const Options& options, Scheme scheme, const Dataset& dataset) {
  Builder builder(backend, options, scheme);
  return options.network == NetworkKind::mlp ? builder.mlp(dataset) : builder.cnn(dataset);
}

}  // namespace luqsim::train

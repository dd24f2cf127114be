#include "layer.h"
#include "parameter.h"

namespace luqsim::train {
namespace {

constexpr float hindsight_eta = 0.1F;

LuqConfig luq_config(Scheme scheme, int random_bits) {
  LuqConfig config;
  config.random_bits = random_bits;
  if (scheme == Scheme::pow2) config.alpha = Alpha::pow2;
  if (scheme == Scheme::rdnp) config.rounding = Rounding::rdnp;
  if (scheme == Scheme::rdnp_su) config.rounding = Rounding::rdnp_su;
  if (scheme == Scheme::sr) config.rounding = Rounding::sr;
  if (scheme == Scheme::int4_sr) config.rounding = Rounding::int4_sr;
  return config;
}

class DenseLayer : public Layer {
 public:
  DenseLayer(Backend& backend, const DenseConfig& config)
      : backend_(backend),
        config_(config),
        weight_(backend, random_weights(config.inputs, config.outputs, config.inputs, config.seed, config.tensor)),
        bias_(backend, Matrix(1, config.outputs)) {}

  Tensor forward(const Tensor& x) override {
    activation_ = x;
    if (config_.geometry)
      config_.geometry->n =
          static_cast<std::uint32_t>(activation_.rows / (std::uint64_t{config_.geometry->h} * config_.geometry->w));
    return backend_.add_bias(quantized() ? forward_codes() : backend_.gemm(patches(activation_), weight_.value),
                             bias_.value);
  }

  Tensor backward(const Tensor& gradient, const Step& step) override {
    bias_.gradient = backend_.column_sums(gradient);
    const bool codes = quantizes_gradients() && !step.fp32_gradients;
    const Gradients g = codes ? backward_codes(gradient, step) : backward_fp32(gradient);
    if (step.probe != nullptr && codes)
      step.probe->compare(backend_, step.number, config_.name, g, backward_fp32(gradient));
    if (step.probe != nullptr && quantizes_gradients() && !codes) step.probe->keep(backend_, config_.name, g);
    weight_.gradient = g.weight;
    if (config_.geometry && config_.needs_input_gradient) return backend_.col2im(g.input, *config_.geometry);
    return g.input;
  }

  void update(const UpdateRule& rule) override {
    weight_.update(backend_, rule);
    bias_.update_without_decay(backend_, rule);
  }

  void visit_weights(const std::function<void(Tensor&)>& visit) override {
    visit(weight_.value);
    visit(bias_.value);
  }

  std::vector<std::string> recorded_names() const override {
    return quantizes_gradients() ? std::vector{config_.name} : std::vector<std::string>();
  }

 private:
  bool quantized() const { return config_.scheme != Scheme::fp32; }
  bool quantizes_gradients() const { return quantized() && config_.scheme != Scheme::fp32_grad; }

  Tensor patches(const Tensor& x) { return config_.geometry ? backend_.im2col(x, *config_.geometry) : x; }

  Tensor forward_codes() {
    a_ = backend_.quantize_sawb(activation_, fitted_sawb(config_.activation));
    w_ = backend_.quantize_sawb(weight_.value, fitted_sawb(Format::int4));
    a_.operand.im2col = config_.geometry;
    a_.operand.view = config_.geometry ? View::im2col : View::direct;
    output_ = backend_.gemm_codes(a_, w_);
    return output_.values;
  }

  // Of a 4-bit layer: with the values of the codes that the forward pass multiplied.
  Gradients backward_fp32(const Tensor& gradient) {
    const Tensor x = quantized() ? backend_.dequantize(a_) : activation_;
    Gradients g{backend_.gemm(backend_.transpose(patches(x)), gradient), {}};
    if (!config_.needs_input_gradient) return g;
    g.input = backend_.gemm(gradient, backend_.transpose(quantized() ? backend_.dequantize(w_) : weight_.value));
    return g;
  }

  Gradients backward_codes(const Tensor& gradient, const Step& step) {
    const bool hindsight = config_.scheme == Scheme::hindsight;
    const LuqQuantization luq{
        luq_config(config_.scheme, config_.random_bits), {config_.seed, config_.tensor, step.number, 0}, {}};
    const bool estimated = hindsight && estimate_;
    const Quantized d = backend_.quantize_luq(gradient, luq, estimated ? &*estimate_ : nullptr,
                                              config_.scheme == Scheme::luq_smp2 ? 2 : 1);
    if (hindsight) estimate_ = backend_.next_estimate(d, hindsight_eta);

    Quantized a = a_, w = w_, first_sample = d;
    a.operand.view = config_.geometry ? View::im2col_transposed : View::transposed;
    w.operand.view = View::transposed;
    first_sample.codes.resize(1);
    const GemmOutput wgrad = backend_.gemm_codes(a, d);
    GemmOutput dgrad;
    if (config_.needs_input_gradient) dgrad = backend_.gemm_codes(first_sample, w);

    if (step.recorder != nullptr && step.recorder->wants(step.number, config_.name))
      step.recorder->record(backend_, {config_.name, step.number, activation_, weight_.value, gradient, a_, w_, d,
                                       estimated, output_, dgrad, wgrad});
    return {wgrad.values, dgrad.values};
  }

  Backend& backend_;
  DenseConfig config_;
  Parameter weight_, bias_;
  Tensor activation_;  // of the last forward, as are a_, w_ and output_
  GemmOutput output_;
  Quantized a_, w_;
  std::optional<Tensor> estimate_;  // hindsight; absent before the first step, which uses the exact maximum
};

}  // namespace

std::unique_ptr<Layer> make_dense_layer(Backend& backend, const DenseConfig& config) {
  return std::make_unique<DenseLayer>(backend, config);
}

}  // namespace luqsim::train

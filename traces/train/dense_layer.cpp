#include <cmath>

#include "layer.h"

namespace luqsim::train {
namespace {

constexpr float hindsight_eta = 0.1F;

LuqConfig luq_config(Scheme scheme) {
  LuqConfig config;
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
        weight_(backend.upload(initial_weights())),
        bias_(backend.upload(Matrix(1, config.outputs))),
        weight_velocity_(backend.upload(Matrix(config.inputs, config.outputs))),
        bias_velocity_(bias_) {}

  Tensor forward(const Tensor& x) override {
    activation_ = x;
    if (config_.geometry)
      config_.geometry->n =
          static_cast<std::uint32_t>(activation_.rows / (std::uint64_t{config_.geometry->h} * config_.geometry->w));
    return backend_.add_bias(quantized() ? forward_codes() : backend_.gemm(patches(), weight_), bias_);
  }

  Tensor backward(const Tensor& gradient, const Step& step) override {
    bias_gradient_ = backend_.column_sums(gradient);
    Tensor input_gradient = quantized() ? backward_codes(gradient, step) : backward_fp32(gradient);
    if (config_.geometry && config_.needs_input_gradient) return backend_.col2im(input_gradient, *config_.geometry);
    return input_gradient;
  }

  void update(const UpdateRule& rule) override {
    backend_.sgd(weight_, weight_velocity_, weight_gradient_, rule);
    backend_.sgd(bias_, bias_velocity_, bias_gradient_, {rule.rate, rule.momentum, 0});
  }

  void visit_weights(const std::function<void(Tensor&)>& visit) override {
    visit(weight_);
    visit(bias_);
  }

  std::string recorded_name() const override { return quantized() ? config_.name : std::string(); }

 private:
  bool quantized() const { return config_.scheme != Scheme::fp32; }

  // Uniform in +-sqrt(6 / inputs): (lane - 32767.5) * (limit / 32768), each operation rounded once.
  Matrix initial_weights() const {
    Matrix weights(config_.inputs, config_.outputs);
    std::vector<std::uint16_t> lanes(weights.values.size());
    fill_random_lanes({config_.seed, config_.tensor + 1000, 0, 0}, 0, lanes);
    const float unit = std::sqrt(6.0F / static_cast<float>(config_.inputs)) / 32768.0F;
    for (std::size_t i = 0; i < lanes.size(); ++i) weights.values[i] = (static_cast<float>(lanes[i]) - 32767.5F) * unit;
    return weights;
  }

  Tensor patches() { return config_.geometry ? backend_.im2col(activation_, *config_.geometry) : activation_; }

  Tensor forward_codes() {
    a_ = backend_.quantize_sawb(activation_, {.format = config_.activation});
    w_ = backend_.quantize_sawb(weight_, {});
    a_.operand.im2col = config_.geometry;
    a_.operand.view = config_.geometry ? View::im2col : View::direct;
    output_ = backend_.gemm_codes(a_, w_);
    return output_.values;
  }

  Tensor backward_fp32(const Tensor& gradient) {
    weight_gradient_ = backend_.gemm(backend_.transpose(patches()), gradient);
    return config_.needs_input_gradient ? backend_.gemm(gradient, backend_.transpose(weight_)) : Tensor();
  }

  Tensor backward_codes(const Tensor& gradient, const Step& step) {
    const bool hindsight = config_.scheme == Scheme::hindsight;
    const LuqQuantization luq{luq_config(config_.scheme), {config_.seed, config_.tensor, step.number, 0}, {}};
    const bool estimated = hindsight && estimate_;
    const Quantized d = backend_.quantize_luq(gradient, luq, estimated ? &*estimate_ : nullptr,
                                              config_.scheme == Scheme::luq_smp2 ? 2 : 1);
    if (hindsight) estimate_ = backend_.next_estimate(d, hindsight_eta);

    Quantized a = a_, w = w_, first_sample = d;
    a.operand.view = config_.geometry ? View::im2col_transposed : View::transposed;
    w.operand.view = View::transposed;
    first_sample.codes.resize(1);
    const GemmOutput wgrad = backend_.gemm_codes(a, d);
    weight_gradient_ = wgrad.values;
    GemmOutput dgrad;
    if (config_.needs_input_gradient) dgrad = backend_.gemm_codes(first_sample, w);

    if (step.recorder != nullptr && step.recorder->wants(step.number, config_.name))
      step.recorder->record(backend_, {config_.name, step.number, activation_, weight_, gradient, a_, w_, d, estimated,
                                       output_, dgrad, wgrad});
    return dgrad.values;
  }

  Backend& backend_;
  DenseConfig config_;
  Tensor weight_, bias_, weight_velocity_, bias_velocity_;
  Tensor weight_gradient_, bias_gradient_;
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

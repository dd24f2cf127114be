#include "probe.h"

#include <cmath>

#include <fmt/format.h>

namespace luqsim::train {
namespace {

struct Closeness {
  double cosine, slope, bias, error;
};

Closeness closeness(const Matrix& scheme, const Matrix& exact) {
  double qg = 0, qq = 0, gg = 0, magnitude = 0, error = 0, squared_error = 0;
  for (std::size_t i = 0; i < exact.values.size(); ++i) {
    const double q = scheme.values[i], g = exact.values[i];
    qg += q * g;
    qq += q * q;
    gg += g * g;
    magnitude += std::abs(g);
    error += q - g;
    squared_error += (q - g) * (q - g);
  }
  return {qg / std::sqrt(qq * gg), qg / gg, error / magnitude, std::sqrt(squared_error / gg)};
}

}  // namespace

Probe::Probe(const ProbeOptions& options) : options_(options), text_("--probe", options.file) {}

void Probe::keep(Backend& backend, const std::string& layer, const Gradients& exact) {
  kept_.insert_or_assign(layer, on_host(backend, exact));
}

void Probe::compare(Backend& backend, std::uint32_t step, const std::string& layer, const Gradients& scheme,
                    const Gradients& local) {
  const OnHost actual = on_host(backend, scheme);
  if (text_.empty()) text_.add("step,layer,gradient,reference,cosine,slope,bias,error\n");
  add(step, layer, "local", actual, on_host(backend, local));
  add(step, layer, "network", actual, kept_.at(layer));
}

Probe::OnHost Probe::on_host(Backend& backend, const Gradients& g) {
  return {backend.download(g.weight), g.input.data == nullptr ? Matrix() : backend.download(g.input)};
}

void Probe::add(std::uint32_t step, const std::string& layer, const char* reference, const OnHost& scheme,
                const OnHost& exact) {
  const auto line = [&](const char* gradient, const Matrix& actual, const Matrix& wanted) {
    const Closeness c = closeness(actual, wanted);
    text_.add(fmt::format("{},{},{},{},{:.6g},{:.6g},{:.6g},{:.6g}\n", step, layer, gradient, reference, c.cosine,
                          c.slope, c.bias, c.error));
  };
  line("dW", scheme.weight, exact.weight);
  if (!exact.input.values.empty()) line("G", scheme.input, exact.input);
}

}  // namespace luqsim::train

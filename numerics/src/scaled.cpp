#include "luqsim/numerics/scaled.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "elements.h"
#include "packing.h"

namespace luqsim {

void validate(const ScaledConfig& c) {
  if (c.format != Format::fp8_e4m3 && c.format != Format::fp8_e5m2 && c.format != Format::int8 &&
      c.format != Format::bf16)
    throw std::invalid_argument("scaled format: " + std::string(name_of(c.format)) +
                                "; wanted fp8_e4m3, fp8_e5m2, int8 or bf16");
  check_random_bits("scaled", c.random_bits);
}

TensorScale tensor_scale(float max_abs, const ScaledConfig& config) {
  validate(config);
  if (config.format == Format::bf16) return {1, 1};
  if (max_abs < smallest_scaled_max_abs) return {};
  const auto max = static_cast<float>(format_info(config.format).max);
  if (config.scale == ScaleRule::exact) return {max_abs / max, max / max_abs};
  const int m = std::ilogb(max_abs), top = std::ilogb(max);
  const int k = m - top + (std::ldexp(max_abs, -m) > std::ldexp(max, -top) ? 1 : 0);
  return {std::ldexp(1.0F, k), std::ldexp(1.0F, -k)};
}

void scaled_codes(std::span<const float> x, std::uint64_t first, TensorScale scale, const ScaledConfig& config,
                  const RandomStream& stream, std::span<std::uint16_t> out) {
  validate(config);
  check_size(out.size(), 1, x.size());
  if (scale.scale == 0) {
    std::ranges::fill(out, std::uint16_t{0});
    return;
  }
  const ElementRule rule{config.format, config.rounding, config.random_bits};
  visit_elements(rule, stream, first, x.size(), [&](std::size_t i, std::uint16_t lane) {
    out[i] = static_cast<std::uint16_t>(rule.code(x[i] * scale.inverse, lane));
  });
}

ScaledResult scaled_quantize(std::span<const float> x, std::size_t rows, std::size_t cols, const ScaledConfig& config,
                             const RandomStream& stream, std::optional<float> estimate) {
  validate(config);
  check_size(x.size(), rows, cols);
  ScaledResult result;
  result.measured = max_abs(x);
  if (result.measured.status != QuantizeStatus::ok) return result;
  result.estimate = estimate.value_or(result.measured.max_abs);
  result.scale = tensor_scale(result.estimate, config);
  result.codes.resize(x.size());
  scaled_codes(x, 0, result.scale, config, stream, result.codes);
  return result;
}

}  // namespace luqsim

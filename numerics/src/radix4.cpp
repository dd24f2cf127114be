#include "luqsim/numerics/radix4.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <stdexcept>
#include <string>

#include "luqsim/numerics/scaled.h"

#include "ceil_log2.h"
#include "packing.h"

namespace luqsim {
namespace {

constexpr int top_level = 7;
constexpr int top_exponent = 13;  // of the odd phase's largest magnitude, 2 * 4^6

// r in units of the phase's smallest magnitude. The midpoint between 4^n and 4^(n+1) is 2.5 * 4^n.
std::int8_t magnitude_level(float r) {
  if (r < 0.5F) return 0;
  int level = 1;
  for (float midpoint = 2.5F; level < top_level && r >= midpoint; midpoint *= 4) ++level;
  return static_cast<std::int8_t>(level);
}

Radix4Tensor quantize_phase(std::span<const float> x, std::size_t rows, std::size_t cols, Radix4Scale scale,
                            Radix4Phase phase) {
  CodeTensor codes =
      quantize_packed(Format::fp4_e3m0, rows, cols, [&](std::size_t first, std::span<std::int8_t> levels) {
        radix4_levels(x.subspan(first, levels.size()), scale, phase, levels);
      });
  return {phase, rows, cols, std::move(codes.bytes)};
}

void require_integer(Format format) {
  if (format != Format::int4 && format != Format::uint4)
    throw std::invalid_argument("radix4 product: " + std::string(name_of(format)) + "; wanted int4 or uint4");
}

}  // namespace

Radix4Scale radix4_scale(float max_abs) {
  if (max_abs < smallest_scaled_max_abs) return {};
  const int exponent = ceil_log2(max_abs) - top_exponent;
  return {std::ldexp(1.0F, exponent), std::ldexp(1.0F, -exponent)};
}

void radix4_levels(std::span<const float> x, Radix4Scale scale, Radix4Phase phase, std::span<std::int8_t> out) {
  check_size(out.size(), 1, x.size());
  if (scale.alpha == 0) {
    std::ranges::fill(out, std::int8_t{0});
    return;
  }
  for (std::size_t i = 0; i < x.size(); ++i) {
    const float r = std::fabs(x[i]) * scale.inverse;
    const std::int8_t level = magnitude_level(phase == Radix4Phase::even ? r : r / 2);
    out[i] = static_cast<std::int8_t>(x[i] < 0 ? -level : level);
  }
}

Radix4Result radix4_quantize(std::span<const float> x, std::size_t rows, std::size_t cols,
                             std::optional<float> estimate) {
  check_size(x.size(), rows, cols);
  Radix4Result result;
  result.measured = max_abs(x);
  if (result.measured.status != QuantizeStatus::ok) return result;
  result.estimate = estimate.value_or(result.measured.max_abs);
  result.scale = radix4_scale(result.estimate);
  result.even = quantize_phase(x, rows, cols, result.scale, Radix4Phase::even);
  result.odd = quantize_phase(x, rows, cols, result.scale, Radix4Phase::odd);
  return result;
}

std::int32_t radix4_value(Radix4Phase phase, std::uint8_t code) {
  const int e = code & 7, shift = 2 * (e - 1) + (phase == Radix4Phase::odd ? 1 : 0);
  const std::int32_t magnitude = e == 0 ? 0 : std::int32_t{1} << shift;
  return (code & 8) != 0 ? -magnitude : magnitude;
}

std::int32_t radix4_product(Format integer_format, std::uint8_t integer, Radix4Phase phase, std::uint8_t radix4) {
  require_integer(integer_format);
  return static_cast<std::int32_t>(decode(integer_format, integer)) * radix4_value(phase, radix4);
}

std::uint32_t radix4_max_product(Format integer_format, Radix4Phase phase) {
  require_integer(integer_format);
  const std::uint32_t largest = integer_format == Format::int4 ? 7 : 15;
  return largest * (phase == Radix4Phase::even ? 4096U : 8192U);
}

}  // namespace luqsim

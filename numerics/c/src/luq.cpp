#include "luqsim/numerics/luq.h"

#include <cmath>
#include <cstring>

#include "failure.h"
#include "options.h"

namespace luqsim::c {
namespace {

static_assert(static_cast<int>(Rounding::luq) == LUQSIM_ROUNDING_LUQ);
static_assert(static_cast<int>(Rounding::rdnp) == LUQSIM_ROUNDING_RDNP);
static_assert(static_cast<int>(Rounding::rdnp_su) == LUQSIM_ROUNDING_RDNP_SU);
static_assert(static_cast<int>(Rounding::sr) == LUQSIM_ROUNDING_SR);
static_assert(static_cast<int>(Rounding::int4_sr) == LUQSIM_ROUNDING_INT4_SR);
static_assert(static_cast<int>(Alpha::max) == LUQSIM_ALPHA_MAX);
static_assert(static_cast<int>(Alpha::pow2) == LUQSIM_ALPHA_POW2);

struct Checked {
  LuqConfig config;
  RandomStream stream;
  std::optional<float> estimate;
};

Checked check(const luqsim_luq_options* given) {
  const luqsim_luq_options o = read_options<luqsim_luq_options>(given, luq_options_v1, LUQSIM_LUQ_OPTIONS_INIT);
  if (o.rounding < LUQSIM_ROUNDING_LUQ || o.rounding > LUQSIM_ROUNDING_INT4_SR)
    invalid("options->rounding", std::to_string(o.rounding), "0 to 4, one of LUQSIM_ROUNDING_*");
  if (o.alpha < LUQSIM_ALPHA_MAX || o.alpha > LUQSIM_ALPHA_POW2)
    invalid("options->alpha", std::to_string(o.alpha), "0 or 1, one of LUQSIM_ALPHA_*");
  if (o.step >= 1U << 24) invalid("options->step", std::to_string(o.step), "below 2^24");
  if (o.sample >= 1U << 8) invalid("options->sample", std::to_string(o.sample), "below 2^8");
  Checked checked{{.rounding = static_cast<Rounding>(o.rounding),
                   .alpha = static_cast<Alpha>(o.alpha),
                   .top_exponent = o.top_exponent,
                   .random_bits = o.random_bits,
                   .reuse = o.reuse},
                  {.seed = o.seed, .tensor = o.tensor, .step = o.step, .sample = o.sample},
                  std::nullopt};
  validate(checked.config);
  if (o.has_estimate != 0) {
    require_magnitude(o.estimate, "options->estimate");
    checked.estimate = o.estimate;
  }
  return checked;
}

}  // namespace
}  // namespace luqsim::c

using namespace luqsim::c;

extern "C" {

luqsim_status luqsim_max_abs(const float* x, size_t count, float* max_abs, uint64_t* first_non_finite) {
  return guarded("luqsim_max_abs", [&] {
    const auto values = array(x, count, "x");
    require_pointer(max_abs, "max_abs");
    const luqsim::MaxAbs measured = luqsim::max_abs(values);
    if (measured.status != luqsim::QuantizeStatus::ok) {
      if (first_non_finite != nullptr) *first_non_finite = measured.first_non_finite;
      non_finite(measured.first_non_finite);
    }
    *max_abs = measured.max_abs;
  });
}

luqsim_status luqsim_hindsight_max_abs(float measured, float estimate, float eta, float* next) {
  return guarded("luqsim_hindsight_max_abs", [&] {
    require_magnitude(measured, "measured");
    require_magnitude(estimate, "estimate");
    if (!(eta >= 0 && eta <= 1)) invalid("eta", std::to_string(eta), "0 to 1");
    require_pointer(next, "next");
    *next = luqsim::hindsight_max_abs(measured, estimate, eta);
  });
}

luqsim_status luqsim_luq_options_init(luqsim_luq_options* options, size_t options_size) {
  return guarded("luqsim_luq_options_init", [&] {
    write_defaults<luqsim_luq_options>(options, options_size, luq_options_v1, LUQSIM_LUQ_OPTIONS_INIT);
  });
}

luqsim_status luqsim_luq_scale(float max_abs, const luqsim_luq_options* options, float* alpha, float* inverse) {
  return guarded("luqsim_luq_scale", [&] {
    const Checked checked = check(options);
    require_magnitude(max_abs, "max_abs");
    require_pointer(alpha, "alpha");
    require_pointer(inverse, "inverse");
    const luqsim::LuqScale scale = luqsim::luq_scale(max_abs, checked.config);
    *alpha = scale.alpha;
    *inverse = scale.inverse;
  });
}

luqsim_status luqsim_luq_levels(const float* x, size_t count, uint64_t first, float alpha, float inverse,
                                const luqsim_luq_options* options, const uint16_t* random, int8_t* levels) {
  return guarded("luqsim_luq_levels", [&] {
    const Checked checked = check(options);
    const auto values = array(x, count, "x");
    const auto out = array(levels, count, "levels");
    require_magnitude(alpha, "alpha");
    require_magnitude(inverse, "inverse");
    if (const luqsim::MaxAbs measured = luqsim::max_abs(values); measured.status != luqsim::QuantizeStatus::ok)
      non_finite(measured.first_non_finite);
    const luqsim::LuqScale scale{alpha, inverse};
    if (random != nullptr)
      luqsim::luq_levels(values, std::span(random, count), scale, checked.config, out);
    else
      luqsim::luq_levels(values, first, scale, checked.config, checked.stream, out);
  });
}

luqsim_status luqsim_luq_quantize(const float* x, size_t rows, size_t cols, const luqsim_luq_options* options,
                                  uint8_t* codes, size_t codes_size, luqsim_luq_result* result) {
  return guarded("luqsim_luq_quantize", [&] {
    const Checked checked = check(options);
    const auto values = array(x, element_count(rows, cols, sizeof(float)), "x");
    const std::size_t size = packed_size(rows, cols);
    require_room(codes_size, size, "codes_size");
    const auto out = array(codes, size, "codes");
    require_pointer(result, "result");
    const luqsim::LuqResult made =
        luqsim::luq_quantize(values, rows, cols, checked.config, checked.stream, checked.estimate);
    if (made.measured.status != luqsim::QuantizeStatus::ok) {
      result->first_non_finite = made.measured.first_non_finite;
      non_finite(made.measured.first_non_finite);
    }
    if (size > 0) std::memcpy(out.data(), made.codes.bytes.data(), size);
    *result = {0,
               made.measured.max_abs,
               made.estimate,
               made.scale.alpha,
               made.scale.inverse,
               static_cast<luqsim_format>(made.codes.format)};
  });
}

}  // extern "C"

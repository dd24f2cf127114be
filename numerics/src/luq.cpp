#include "luqsim/numerics/luq.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <stdexcept>
#include <string>

#include "ceil_log2.h"
#include "packing.h"
#include "random_lanes.h"
#include "vectorize.h"

namespace luqsim {
namespace {

constexpr std::uint32_t magnitude_mask = 0x7FFFFFFF, one_bits = 0x3F800000;

inline std::uint32_t bits_of(float x) { return std::bit_cast<std::uint32_t>(x); }

// What the element loops need of a configuration, widened once.
struct Constants {
  float inverse;
  float underflow_scale;  // 2^(B + 1)
  int lane_shift;         // 16 - B
  int carry_shift;        // 22 - B
  std::int32_t top;       // E
};

Constants constants_of(LuqScale scale, const LuqConfig& config) {
  const int bits = config.random_bits;
  return {scale.inverse, std::ldexp(1.0F, bits + 1), 16 - bits, 22 - bits, config.top_exponent};
}

// r < 1: up to 1 iff r * 2^B >= 2^B - (u + 1/2). Doubled, both sides are exact in binary32.
inline bool rounds_up(float fraction, std::int32_t u, const Constants& c) {
  return fraction * c.underflow_scale >= c.underflow_scale - static_cast<float>(2 * u + 1);
}

// In range: add the random number to the significand and let the carry move the exponent (1 <= r <= inf).
inline std::int32_t stochastic_exponent(float r, std::int32_t u, const Constants& c) {
  const std::uint32_t s = bits_of(r) + (static_cast<std::uint32_t>(2 * u + 1) << c.carry_shift);
  return std::min(static_cast<std::int32_t>(s >> 23) - 127, c.top) + 1;
}

// In range: nearest power of two, threshold 1.5 * 2^k (at the threshold: up).
inline std::int32_t nearest_exponent(float r, const Constants& c) {
  return std::min(static_cast<std::int32_t>((bits_of(r) + 0x400000U) >> 23) - 127, c.top) + 1;
}

template <Rounding rounding>
inline std::int32_t magnitude_level(float r, std::int32_t u, const Constants& c) {
  constexpr bool stochastic_underflow = rounding == Rounding::luq || rounding == Rounding::rdnp_su;
  constexpr bool stochastic = rounding == Rounding::luq || rounding == Rounding::sr;
  if constexpr (rounding == Rounding::int4_sr) {
    const float clipped = std::min(r, 7.0F);
    const auto whole = static_cast<std::int32_t>(clipped);
    return std::min(whole + (rounds_up(clipped - static_cast<float>(whole), u, c) ? 1 : 0), 7);
  } else {
    const std::int32_t in_range = stochastic ? stochastic_exponent(r, u, c) : nearest_exponent(r, c);
    const std::int32_t below = stochastic_underflow && rounds_up(r, u, c) ? 1 : 0;
    return bits_of(r) >= one_bits ? in_range : below;
  }
}

template <Rounding rounding>
__attribute__((always_inline)) inline void levels_loop(const float* __restrict x, const std::uint16_t* __restrict lanes,
                                                       std::size_t n, const Constants& c, std::int8_t* __restrict out) {
  const Constants k = c;
  for (std::size_t i = 0; i < n; ++i) {
    const float r = std::bit_cast<float>(bits_of(x[i]) & magnitude_mask) * k.inverse;
    const std::int32_t level = magnitude_level<rounding>(r, lanes[i] >> k.lane_shift, k);
    out[i] = static_cast<std::int8_t>(bits_of(x[i]) >> 31 != 0 ? -level : level);
  }
}

using LevelsLoop = void (*)(const float*, const std::uint16_t*, std::size_t, const Constants&, std::int8_t*);

// The attribute that makes processor-specific versions does not go on templates, hence one function a rounding.
#define LUQSIM_LEVELS(name)                                                                                          \
  LUQSIM_VECTORIZE void levels_##name(const float* x, const std::uint16_t* lanes, std::size_t n, const Constants& c, \
                                      std::int8_t* out) {                                                            \
    levels_loop<Rounding::name>(x, lanes, n, c, out);                                                                \
  }
LUQSIM_LEVELS(luq)
LUQSIM_LEVELS(rdnp)
LUQSIM_LEVELS(rdnp_su)
LUQSIM_LEVELS(sr)
LUQSIM_LEVELS(int4_sr)
#undef LUQSIM_LEVELS

LevelsLoop loop_for(Rounding rounding) {
  switch (rounding) {
    case Rounding::luq:
      return levels_luq;
    case Rounding::rdnp:
      return levels_rdnp;
    case Rounding::rdnp_su:
      return levels_rdnp_su;
    case Rounding::sr:
      return levels_sr;
    case Rounding::int4_sr:
      return levels_int4_sr;
  }
  throw std::invalid_argument("luq: no such rounding");
}

bool uses_random_numbers(Rounding rounding) { return rounding != Rounding::rdnp; }

}  // namespace

void validate(const LuqConfig& c) {
  const auto bad = [](const char* field, const std::string& value, const char* wanted) {
    throw std::invalid_argument(std::string("luq ") + field + ": " + value + "; wanted " + wanted);
  };
  if (c.top_exponent != 4 && c.top_exponent != 6 && c.top_exponent != 7)
    bad("top_exponent", std::to_string(c.top_exponent), "4, 6 or 7");
  check_random_bits("luq", c.random_bits);
  if (c.reuse < 1) bad("reuse", "0", "at least 1");
  if (c.rounding == Rounding::int4_sr && c.alpha == Alpha::pow2)
    bad("alpha", "pow2 with rounding int4_sr",
        "max: uniform levels have no power-of-two unit that reaches M without clipping");
}

Format luq_format(const LuqConfig& config) {
  return config.rounding == Rounding::int4_sr ? Format::int4 : Format::fp4_e3m0;
}

float hindsight_max_abs(float measured, float estimate, float eta) {
  const float now = (1.0F - eta) * measured, before = eta * estimate;
  return now + before;
}

LuqScale luq_scale(float max_abs, const LuqConfig& config) {
  validate(config);
  if (max_abs < smallest_max_abs) return {};
  if (config.rounding == Rounding::int4_sr) return {max_abs / 7.0F, 7.0F / max_abs};
  if (config.alpha == Alpha::pow2) {
    const int exponent = ceil_log2(max_abs) - config.top_exponent;
    return {std::ldexp(1.0F, exponent), std::ldexp(1.0F, -exponent)};
  }
  return {std::ldexp(max_abs, -config.top_exponent), std::ldexp(1.0F, config.top_exponent) / max_abs};
}

void luq_levels(std::span<const float> x, std::span<const std::uint16_t> random, LuqScale scale,
                const LuqConfig& config, std::span<std::int8_t> out) {
  validate(config);
  if (scale.alpha == 0) {
    std::fill(out.begin(), out.end(), std::int8_t{0});
  } else {
    loop_for(config.rounding)(x.data(), random.data(), x.size(), constants_of(scale, config), out.data());
  }
}

void luq_levels(std::span<const float> x, std::uint64_t first, LuqScale scale, const LuqConfig& config,
                const RandomStream& stream, std::span<std::int8_t> out) {
  validate(config);
  if (scale.alpha == 0) {
    std::fill(out.begin(), out.end(), std::int8_t{0});
    return;
  }
  const Constants constants = constants_of(scale, config);
  RandomStream shared = stream;
  shared.step = stream.step / config.reuse;
  const LevelsLoop loop = loop_for(config.rounding);
  visit_lanes(shared, uses_random_numbers(config.rounding), first, x.size(),
              [&](std::size_t done, std::span<const std::uint16_t> lanes) {
                loop(&x[done], lanes.data(), lanes.size(), constants, &out[done]);
              });
}

LuqResult luq_quantize(std::span<const float> x, std::size_t rows, std::size_t cols, const LuqConfig& config,
                       const RandomStream& stream, std::optional<float> estimate) {
  if (config.top_exponent > 6) throw std::invalid_argument("luq top_exponent: 7 has no 4-bit code; wanted 4 or 6");
  check_size(x.size(), rows, cols);
  LuqResult result;
  result.measured = max_abs(x);
  if (result.measured.status != QuantizeStatus::ok) return result;
  result.estimate = estimate.value_or(result.measured.max_abs);
  result.scale = luq_scale(result.estimate, config);
  result.codes = quantize_packed(luq_format(config), rows, cols, [&](std::size_t first, std::span<std::int8_t> levels) {
    luq_levels(x.subspan(first, levels.size()), first, result.scale, config, stream, levels);
  });
  return result;
}

}  // namespace luqsim

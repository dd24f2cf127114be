// The same LUQ configuration in the words of the library and of the oracle.
#pragma once
#include <vector>

#include "luqsim/numerics/luq.h"

#include "oracle/luq.h"

namespace bridge {

inline oracle::LuqRounding rounding(luqsim::Rounding r) {
  switch (r) {
    case luqsim::Rounding::luq:
      return oracle::LuqRounding::luq;
    case luqsim::Rounding::rdnp:
      return oracle::LuqRounding::rdnp;
    case luqsim::Rounding::rdnp_su:
      return oracle::LuqRounding::rdnp_su;
    case luqsim::Rounding::sr:
      return oracle::LuqRounding::sr;
    default:
      return oracle::LuqRounding::int4_sr;
  }
}

inline oracle::LuqSettings settings(const luqsim::LuqConfig& c) {
  return {rounding(c.rounding), c.alpha == luqsim::Alpha::pow2, c.top_exponent, c.random_bits, c.reuse};
}

inline oracle::Stream stream(const luqsim::RandomStream& s) { return {s.seed, s.tensor, s.step, s.sample}; }

inline std::vector<std::int8_t> library_levels(const std::vector<float>& x, std::uint64_t first, luqsim::LuqScale scale,
                                               const luqsim::LuqConfig& config, const luqsim::RandomStream& s) {
  std::vector<std::int8_t> levels(x.size());
  luqsim::luq_levels(x, first, scale, config, s, levels);
  return levels;
}

// The levels that the oracle gives with its own units for the maximum `max_abs`.
inline std::vector<std::int8_t> oracle_levels(const std::vector<float>& x, std::uint64_t first, float max_abs,
                                              const luqsim::LuqConfig& config, const luqsim::RandomStream& s) {
  const oracle::LuqUnits units = oracle::luq_units(max_abs, settings(config));
  const std::vector<int> levels = oracle::luq_levels(x, first, units, settings(config), stream(s));
  return {levels.begin(), levels.end()};
}

// Every configuration of rounding, alpha and E that validate() accepts.
inline std::vector<luqsim::LuqConfig> all_configs() {
  std::vector<luqsim::LuqConfig> configs;
  for (const auto rounding : {luqsim::Rounding::luq, luqsim::Rounding::rdnp, luqsim::Rounding::rdnp_su,
                              luqsim::Rounding::sr, luqsim::Rounding::int4_sr})
    for (const auto alpha : {luqsim::Alpha::max, luqsim::Alpha::pow2})
      for (const int top : {4, 6, 7})
        if (rounding != luqsim::Rounding::int4_sr || (alpha == luqsim::Alpha::max && top == 6))
          configs.push_back({.rounding = rounding, .alpha = alpha, .top_exponent = top});
  return configs;
}

}  // namespace bridge

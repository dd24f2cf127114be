// LUQ from its definition: comparisons of exact numbers, no arithmetic on bit patterns.
#pragma once
#include <cstdint>
#include <vector>

#include "oracle/philox.h"

namespace oracle {

enum class LuqRounding { luq, rdnp, rdnp_su, sr, int4_sr };

struct LuqSettings {
  LuqRounding rounding = LuqRounding::luq;
  bool power_of_two_alpha = false;
  int top = 6;              // E
  int bits = 16;            // B
  std::uint64_t reuse = 1;  // R
};

struct LuqUnits {
  float alpha = 0, inverse = 0;
};
// From the maximum M: alpha = M / 2^E (int4_sr: M / 7) or 2^(ceil(log2 M) - E), and its rounded inverse.
LuqUnits luq_units(float max_abs, const LuqSettings& settings);

// r = RN(|x| * inverse); infinity on overflow.
float luq_ratio(float x, float inverse);

// Level of magnitude r >= 0 given the random integer u < 2^B.
int luq_level(float r, std::uint64_t u, const LuqSettings& settings);
// Value of a level in units of alpha.
int luq_value(int level, const LuqSettings& settings);

// Signed levels of a tensor's elements first, first + 1, ...
std::vector<int> luq_levels(const std::vector<float>& x, std::uint64_t first, LuqUnits units,
                            const LuqSettings& settings, const Stream& stream);

float hindsight(float measured, float estimate, float eta);

}  // namespace oracle

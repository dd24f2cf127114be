// SAWB from its definition: integer moments, then binary64 operations that are each rounded once.
#pragma once
#include <vector>

#include "oracle/exact.h"

namespace oracle {

struct SawbSettings {
  bool is_signed = true;  // levels -7..7, otherwise 0..15
  double c1 = 12.035, c2 = 12.03;
};

struct Moments {
  int exponent = 0;  // floor(log2 max|x|)
  Integer sum = 0, sum_of_squares = 0;
};
Moments sawb_moments(const std::vector<float>& x, float max_abs);

float max_magnitude(const std::vector<float>& x);
float sawb_scale(const std::vector<float>& x, const SawbSettings& settings);
int sawb_level(float x, float scale, bool is_signed);

}  // namespace oracle

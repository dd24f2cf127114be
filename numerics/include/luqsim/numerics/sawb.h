// SAWB: statistics-aware weight binning (Choi et al., MLSys 2019), round to nearest, for weights and activations.
#pragma once
#include <cstdint>
#include <span>

#include "luqsim/numerics/status.h"
#include "luqsim/numerics/tensor.h"

namespace luqsim {

struct SawbConfig {
  Format format = Format::int4;    // int4 (levels -7..7) or uint4 (0..15, negative inputs become 0)
  double c1 = 12.035, c2 = 12.03;  // clip = c1 rms - c2 mean|x|; this pair was fitted for the 15 levels of int4

  bool operator==(const SawbConfig&) const = default;
};

// With the pair that was fitted for as many levels as the format has: uint4, of 16, has (12.68, 12.80).
SawbConfig fitted_sawb(Format format);

// Moments of |x| as exact integers, so that no order of summation can change them: X_i = |x_i| scaled by
// 2^(17 - exponent) and rounded to nearest even, exponent = floor(log2 max|x|). n <= 2^27.
struct SawbMoments {
  std::uint64_t count = 0;
  int exponent = 0;
  std::uint64_t sum = 0, sum_of_squares = 0;
};

// Moments of x, given the maximum of the whole tensor (>= 2^-120). Moments of parts of a tensor add up.
SawbMoments sawb_moments(std::span<const float> x, float max_abs);
SawbMoments& operator+=(SawbMoments& a, const SawbMoments& b);

// binary64, each operation rounded once: clip = (c1 sqrt(S2 / n) - c2 (S1 / n)) 2^(exponent - 17); the maximum instead
// if clip <= 0, clip > max, or clip / levels is no normal binary32. scale = RN32(clip / levels), levels 7 or 15. 0 when
// max_abs < 2^-120. Throws std::length_error for more than 2^27 elements, std::invalid_argument for another format.
float sawb_scale(const SawbMoments& moments, float max_abs, const SawbConfig& config);

// q = clamp(RNE(RN(x * RN(1 / scale)))); all 0 for scale 0. out.size() == x.size(); x must be finite. `format`: int4 or
// uint4, otherwise std::invalid_argument.
void sawb_levels(std::span<const float> x, float scale, Format format, std::span<std::int8_t> out);

struct SawbResult {
  MaxAbs measured;
  SawbMoments moments;
  float scale = 0;
  CodeTensor codes;  // empty unless measured.status is ok
};

// The whole quantizer for a row-major rows x cols tensor. Throws std::invalid_argument when x.size() is not rows *
// cols; other errors as sawb_scale and sawb_levels.
SawbResult sawb_quantize(std::span<const float> x, std::size_t rows, std::size_t cols, const SawbConfig& config = {});

}  // namespace luqsim

// Inputs that leave nothing out: every finite bfloat16, and a number with its neighbours.
#pragma once
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace bfloat16 {

// Positive ones first, each followed by its negative.
inline std::vector<float> all_finite() {
  std::vector<float> x;
  for (std::uint32_t code = 0; code < 0x7F80; ++code) {
    x.push_back(std::bit_cast<float>(code << 16));
    x.push_back(-x.back());
  }
  return x;
}

// v and the binary32 numbers next to it that are finite, each with both signs.
inline std::vector<float> around(float v) {
  std::vector<float> x;
  for (const float n : {v, std::nextafter(v, 0.0F), std::nextafter(v, std::numeric_limits<float>::infinity())}) {
    if (!std::isfinite(n)) continue;
    x.push_back(n);
    x.push_back(-n);
  }
  return x;
}

}  // namespace bfloat16

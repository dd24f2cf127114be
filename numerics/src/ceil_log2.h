#pragma once
#include <cmath>

namespace luqsim {

// ceil(log2 m) of a finite m > 0.
inline int ceil_log2(float m) {
  const int exponent = std::ilogb(m);
  return m == std::ldexp(1.0F, exponent) ? exponent : exponent + 1;
}

}  // namespace luqsim

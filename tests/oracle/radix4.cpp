#include "oracle/radix4.h"

namespace oracle {

Rational radix4_unit(float max_abs) {
  const Rational m = exact(max_abs);
  if (m < power_of_two(-100)) return 0;
  // The smallest power of two that is not below M is the odd phase's largest magnitude, 2 * 4^6.
  int p = -100;
  while (power_of_two(p) < m) ++p;
  return power_of_two(p) / (2 * 4096);
}

Rational radix4_magnitude(int level, bool odd) {
  if (level == 0) return 0;
  Rational magnitude = odd ? 2 : 1;
  for (int e = 1; e < level; ++e) magnitude *= 4;
  return magnitude;
}

int radix4_level(const Rational& magnitude, const Rational& unit, bool odd) {
  if (unit == 0) return 0;
  int nearest = 0;
  Rational distance = magnitude / unit;
  for (int level = 1; level <= 7; ++level) {
    const Rational d = abs(magnitude / unit - radix4_magnitude(level, odd));
    if (d > distance) continue;
    nearest = level;
    distance = d;
  }
  return nearest;
}

}  // namespace oracle

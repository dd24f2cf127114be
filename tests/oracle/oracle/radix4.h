// Radix-4 FP4 from its definition: the nearest of the listed magnitudes.
#pragma once
#include "oracle/exact.h"

namespace oracle {

// alpha of the maximum M, a power of two; 0 for M < 2^-100.
Rational radix4_unit(float max_abs);
// Magnitude of the level e = 0..7 in units of alpha.
Rational radix4_magnitude(int level, bool odd);
// The level of |x|, of two equally near ones the larger.
int radix4_level(const Rational& magnitude, const Rational& unit, bool odd);

}  // namespace oracle

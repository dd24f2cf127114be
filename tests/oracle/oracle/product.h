// Products of codes, given by their values: exact, or in FP7 [1,4,2].
#pragma once
#include <cstdint>

#include "oracle/format.h"

namespace oracle {

// The value of a finite code, with its sign.
Rational value_of(const CodeBook& book, std::uint32_t code);
// Nearest FP7 code; a zero is positive.
std::uint32_t fp7_code(const Rational& value);
// Both rounded to FP7, multiplied, the product rounded to FP7.
Rational fp7_product(const Rational& a, const Rational& b);

}  // namespace oracle

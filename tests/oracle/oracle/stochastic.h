// Rounding to a format that saturates, nearest or stochastic, by comparing exact distances.
#pragma once
#include <cstdint>

#include "oracle/format.h"

namespace oracle {

Rational largest_magnitude(const CodeBook& book);
// nearest_code of a signed number, at most the largest finite one.
std::uint32_t nearest_finite(const CodeBook& book, const Rational& magnitude, bool negative);
// With the random integer u < 2^bits: the upper neighbour when the distance from the lower one, as a part of the step,
// plus (2u + 1) / 2^(bits + 1) reaches 1.
std::uint32_t stochastic_code(const CodeBook& book, const Rational& magnitude, bool negative, std::uint64_t u,
                              int bits);

}  // namespace oracle

// Integer matrix product and the scaling of its sums.
#pragma once
#include <cstdint>
#include <vector>

#include "oracle/exact.h"

namespace oracle {

using Matrix = std::vector<std::vector<int>>;

std::vector<std::vector<Integer>> multiply(const Matrix& a, const Matrix& b);

// RN(RN(acc) * RN(RN(s_a * s_b) / samples)), binary32; one sample does not divide.
float output(const Integer& acc, float scale_a, float scale_b, unsigned samples);

}  // namespace oracle

// Accumulators one addition at a time: exact sums, then one wrap, saturation or rounding.
#pragma once
#include <cstdint>
#include <vector>

#include "oracle/exact.h"

namespace oracle {

struct IntegerSum {
  Integer value = 0;
  std::uint64_t overflows = 0;
};
IntegerSum sum_integers(const std::vector<std::int32_t>& terms, int bits, bool saturate);

// Results are machine numbers: infinities and NaN arise as in IEEE 754.
double sum_floats(const std::vector<std::int32_t>& terms, Shape shape);
// fp16 sums of `length` terms, each finished one added to an fp16 outer sum; a last partial one too.
double sum_chunks(const std::vector<std::int32_t>& terms, std::size_t length);

}  // namespace oracle

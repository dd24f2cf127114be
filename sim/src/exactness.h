// Where a design's sums leave the exact ones.
#pragma once
#include <vector>

#include "luqsim/arch/architecture.h"
#include "luqsim/traces/record.h"

namespace luqsim {

// The least number of products, over all elements of the output, after which what the accumulator holds is not the
// exact sum as binary32; 0 where there is none. Lanes are summed before they are accumulated, so it is a multiple of
// them or all of k. `a`, `b`: the codes of each sample, as in operand_statistics().
std::uint64_t first_inexact_k(const ArrayConfig& array, const Record& record, const std::vector<CodeView>& a,
                              const std::vector<CodeView>& b);

}  // namespace luqsim

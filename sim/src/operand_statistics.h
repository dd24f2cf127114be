// How many of a GEMM's operands and multiplications are zero.
#pragma once
#include <vector>

#include "luqsim/traces/record.h"

namespace luqsim {

struct OperandStatistics {
  double a_zero_fraction = 0, b_zero_fraction = 0;  // of the operand matrices, over all samples
  std::uint64_t active_macs = 0;                    // both operands non-zero; the others can be gated
  double a_toggle_rate = 0, b_toggle_rate = 0;      // bits of a code that differ from those of the next k (in a sample)
};

// `a`, `b`: the codes of each sample, in stored orientation; one sample is shared by all of the other operand's.
OperandStatistics operand_statistics(const Record& record, const std::vector<CodeView>& a,
                                     const std::vector<CodeView>& b);

}  // namespace luqsim

// The verdict in a sentence.
#pragma once
#include <string>
#include <vector>

#include "luqsim/reports/comparison.h"

namespace luqsim {

// The winner is the design with the most throughput for its area, among the bit-exact ones where there are any. Of
// every other design: whether cycles, clock or area is more of what it loses by, and which stall cause or part that is
// most.
std::string why_sentence(const std::vector<RunResult>& results, const std::vector<Verdict>& verdicts);

}  // namespace luqsim

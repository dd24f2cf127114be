// Which results may stand beside each other.
#pragma once
#include <vector>

#include "luqsim/results/results.h"

namespace luqsim {

// Throws ResultsError, with the reason, unless all are of one schema, tool version, way of counting, and trace.
void check_comparable(const std::vector<RunResult>& results);

}  // namespace luqsim

// Totals of a run and of its passes.
#pragma once
#include "luqsim/results/results.h"

namespace luqsim {

// Fills result.total and result.passes (those that occur, in the order fprop, dgrad, wgrad) from result.records.
void summarize(RunResult& result);

}  // namespace luqsim

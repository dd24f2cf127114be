// Totals of a run and of its passes.
#pragma once
#include "luqsim/results/results.h"

namespace luqsim {

// Fills result.total, result.passes (those that occur, in the order fprop, dgrad, wgrad) and result.layers from
// result.records.
void summarize(RunResult& result);

}  // namespace luqsim

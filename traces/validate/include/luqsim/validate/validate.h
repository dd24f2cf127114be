// Recomputes a trace from its sources, bit for bit: statistics, scales, codes, sums and outputs.
#pragma once
#include <functional>

#include "luqsim/traces/trace.h"
#include "luqsim/validate/report.h"

namespace luqsim {

struct ValidateOptions {
  int threads = 1;
};

// Codes are recomputed from the operand's source; outputs from the recorded codes and scales, so that a wrong code does
// not make its outputs wrong, too. Reads the trace in pieces: memory does not grow with it. `done` is called after each
// record, in order.
void validate(const Trace& trace, const ValidateOptions& options, const std::function<void(RecordReport)>& done);

}  // namespace luqsim

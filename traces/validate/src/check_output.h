// Checks a record's output against the recorded codes and scales of its operands.
#pragma once
#include "luqsim/traces/trace.h"
#include "luqsim/validate/report.h"

namespace luqsim {

// `record` has an output, [m, n], and codes. The sums are those of its dot_model, or exact.
Check check_output(const Trace& trace, const Record& record, int threads);

}  // namespace luqsim

// What a design cannot compute of a trace, found before the first cycle.
#pragma once
#include "luqsim/arch/architecture.h"
#include "luqsim/traces/trace.h"

namespace luqsim {

// How the design rounds where the trace recorded `recorded`.
LuqConfig design_config(const QuantizerConfig& design, LuqConfig recorded);

// Of the records that have codes: throws TraceError, naming record and operand, where no product of the design takes
// the operands' formats, where its quantizer options do not go with what was recorded or with each other, and where its
// quantizers in parallel are fewer than an operand's samples.
void check_supported(const Architecture& architecture, const Trace& trace);

}  // namespace luqsim

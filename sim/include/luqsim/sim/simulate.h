// Runs a trace through the cycle model of a design.
#pragma once
#include <functional>
#include <memory>

#include "luqsim/arch/architecture.h"
#include "luqsim/results/results.h"
#include "luqsim/traces/trace.h"

namespace luqsim {

// Called after each record: how many of how many are done.
using Progress = std::function<void(std::size_t done, std::size_t total)>;

// Operands are quantized from their sources where the trace has them, multiplied and scaled in the model; every tensor
// so computed is compared with the trace, bit for bit. Throws TraceError for a source with NaN or infinity and for
// operands that the design's products do not take. One simulation at a time in a process (SystemC has one kernel).
RunResult simulate(const Architecture& architecture, const Trace& trace, const Progress& progress = {});

}  // namespace luqsim

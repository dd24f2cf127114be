// Runs a trace through the cycle model of a design.
#pragma once
#include <filesystem>
#include <functional>

#include "luqsim/arch/architecture.h"
#include "luqsim/results/results.h"
#include "luqsim/results/timeline.h"
#include "luqsim/traces/trace.h"

namespace luqsim {

// How the array is simulated: by whole wavefronts, or every PE with its registers and signals (for small arrays). Both
// give the same outputs, counts and cycles.
enum class Fidelity : std::uint8_t { wave, pe };
template <>
struct EnumNames<Fidelity> {
  static constexpr std::array<std::string_view, 2> names{"wave", "pe"};
};

// Called after each record: how many of how many are done.
using Progress = std::function<void(std::size_t done, std::size_t total)>;

struct SimulateOptions {
  Fidelity fidelity = Fidelity::wave;
  TimelineSink* timeline = nullptr;  // may be null
  std::filesystem::path waveforms;   // VCD file to write; empty: none
  Progress progress;                 // may be empty
};

// Operands are quantized from their sources where the trace has them, multiplied and scaled in the model; every tensor
// so computed is compared with the trace, bit for bit. Throws TraceError for a source with NaN or infinity, for
// operands that the design's products do not take, and for quantizer options that do not go with the recorded rounding;
// ArchitectureError for a timeline or waveforms of a design with compat: scalesim, which has none; std::system_error
// where waveforms cannot be written. One simulation at a time in a process (SystemC has one kernel), each of which
// keeps a SystemC context and sets OpenMP to one thread.
RunResult simulate(const Architecture& architecture, const Trace& trace, const SimulateOptions& options = {});

}  // namespace luqsim

// The passes of a tensor through the quantizer units, and the bytes that each moves.
#pragma once
#include <vector>

#include "luqsim/arch/architecture.h"
#include "luqsim/traces/record.h"

namespace luqsim {

// How an operand is to be quantized, as far as time and traffic depend on it.
struct QuantizeRequest {
  std::uint64_t source_bits = 32;  // of an element, as it lies in memory
  OperandSize code_size = {};      // of what is written
  bool measured = true;            // the tensor's maximum is needed first,
  bool moments = false;            // and SAWB's moments
  bool hindsight = false;          // the maximum is known beforehand
  bool again = false;              // another version of what was measured, written and quantized before
  bool kept = false;               // its source is read once more for another version
  std::uint32_t samples = 1;
  Smp smp = Smp::serial;
  std::uint32_t stored_random_bits = 0;  // of an element, in memory between steps that share them; 0: none are stored
  bool first_of_reuse = true;            // this step makes and stores them; otherwise it reads them

  bool reads_random_numbers() const { return stored_random_bits > 0 && !first_of_reuse; }
};

struct QuantizePass {
  enum class Kind : std::uint8_t { statistics, moments, quantize };
  Kind kind = Kind::quantize;
  bool source_from_memory = false;              // otherwise the elements arrive from their producer
  OperandSize in{0}, out{0};                    // read and written
  std::uint32_t first_sample = 0, samples = 0;  // quantize: the samples that it makes
};

// With an exact maximum: a statistics pass that writes the source, then it is read and quantized, once a sample or
// (SMP in parallel) once for all. SAWB reads it once more for its moments. With hindsight, and in formats that need no
// maximum, the elements are quantized as they arrive; further samples in series need the source again, so the first
// pass writes it, as it does a source that is kept.
std::vector<QuantizePass> plan_quantization(const QuantizeRequest& request);

// What the design does with an operand of the trace in step `step`; samples and hindsight are not filled in.
QuantizeRequest quantize_request(const Architecture& architecture, const Operand& operand, std::uint64_t step);

// The design's format of an operand that the trace has in one of its own.
OperandFormat operand_format(const Architecture& architecture, const Operand& operand);

// SMP's samples of an operand that a record multiplies: 1 in a format that rounds to nearest, whatever a trace of
// another format has.
std::uint32_t operand_samples(const Architecture& architecture, const Record& record, const Operand& operand);

}  // namespace luqsim

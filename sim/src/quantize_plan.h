// The passes of a tensor through the quantizer units, and the bytes that each moves.
#pragma once
#include <vector>

#include "luqsim/arch/architecture.h"

namespace luqsim {

// How an operand is to be quantized, as far as time and traffic depend on it.
struct QuantizeRequest {
  std::uint64_t source_bits = 32;  // of an element, as it lies in memory
  bool luq = true;                 // otherwise SAWB
  bool hindsight = false;          // LUQ: the maximum is known beforehand
  std::uint32_t samples = 1;       // LUQ
  Smp smp = Smp::serial;
  std::uint32_t stored_random_bits = 0;  // of an element, in memory between steps that share them; 0: none are stored
  bool first_of_reuse = true;            // this step makes and stores them; otherwise it reads them
};

struct QuantizePass {
  enum class Kind : std::uint8_t { statistics, moments, quantize };
  Kind kind = Kind::quantize;
  bool source_from_memory = false;              // otherwise the elements arrive from their producer
  std::uint64_t in_bits = 0, out_bits = 0;      // read and written, an element
  std::uint32_t first_sample = 0, samples = 0;  // quantize: the samples that it makes
};

// LUQ with an exact maximum: a statistics pass that writes the source, then it is read and quantized, once a sample or
// (SMP in parallel) once for all. SAWB reads it once more for its moments. With hindsight the elements are quantized as
// they arrive; further samples in series need the source again, so the first pass writes it.
std::vector<QuantizePass> plan_quantization(const QuantizeRequest& request);

}  // namespace luqsim

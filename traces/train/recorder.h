// Writes the GEMMs of chosen steps and layers to a trace. Recording reads what a step computed and changes nothing.
#pragma once
#include <memory>
#include <span>
#include <string>

#include "luqsim/traces/trace_writer.h"

#include "backend.h"
#include "options.h"

namespace luqsim::train {

// One quantized layer's step: the sources, their codes, and the three outputs. `gradient` is absent in the first
// layer's dgrad (nobody needs it).
struct LayerStep {
  std::string layer;
  std::uint32_t step = 0;
  const Matrix* activation;
  const Matrix* weight;
  const Matrix* gradient;
  Quantized a, w, d;  // views as fprop has them; d: all samples
  const Matrix* fprop;
  const Matrix* dgrad;  // null: not computed
  const Matrix* wgrad;
};

class Recorder {
 public:
  Recorder(const RecordOptions& options, Provenance provenance);

  // Throws InputError where a run of so many steps, with these 4-bit layers, has nothing of what the options name.
  void check(std::uint32_t steps, std::span<const std::string> layers) const;

  bool wants(std::uint32_t step, const std::string& layer) const;
  void record(const LayerStep& step);
  void finish();  // makes the trace appear

 private:
  RecordOptions options_;
  std::unique_ptr<TraceWriter> writer_;
};

}  // namespace luqsim::train

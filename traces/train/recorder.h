// Writes the GEMMs of chosen steps and layers to a trace. Recording reads what a step computed and changes nothing.
#pragma once
#include <memory>
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

  bool wants(std::uint32_t step, const std::string& layer) const;
  void record(const LayerStep& step);
  // Makes the trace appear; false when no step and layer was recorded.
  bool finish();

 private:
  RecordOptions options_;
  std::unique_ptr<TraceWriter> writer_;
  std::size_t recorded_ = 0;
};

}  // namespace luqsim::train

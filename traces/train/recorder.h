// Writes the GEMMs of chosen steps and layers to a trace. Recording reads what a step computed and changes nothing.
#pragma once
#include <deque>
#include <memory>
#include <span>
#include <string>

#include "luqsim/traces/trace_writer.h"

#include "backend.h"
#include "options.h"

namespace luqsim::train {

// One quantized layer's step: the sources, their codes, and the three outputs.
struct LayerStep {
  std::string layer;
  std::uint32_t step = 0;
  Tensor activation, weight, gradient;
  Quantized a, w, d;               // views as fprop has them; d: all samples
  bool estimated = false;          // d was quantized with a hindsight maximum
  GemmOutput fprop, dgrad, wgrad;  // dgrad: without values where nobody needs it (the first layer)
};

class Recorder {
 public:
  Recorder(const RecordOptions& options, const Provenance& provenance);
  ~Recorder();

  // Before a run of so many steps with these 4-bit layers. Throws InputError where it has nothing of what the options
  // name.
  void begin(std::uint32_t steps, std::span<const std::string> layers);

  bool wants(std::uint32_t step, const std::string& layer) const;
  // Copies to the host start here and end later: what waits holds at most about 256 MB. Throws InputError after the
  // first recorded step where the header of all of them would be longer than readers take.
  void record(Backend& backend, LayerStep step);
  void finish();  // makes the trace appear

 private:
  struct Waiting;
  void write_first();
  void check_header();

  RecordOptions options_;
  std::unique_ptr<TraceWriter> writer_;
  std::deque<std::unique_ptr<Waiting>> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::uint64_t recorded_steps_ = 0;  // of the whole run
  std::size_t layers_left_ = 0;       // of the first of them
  std::uint64_t empty_header_bytes_;
};

}  // namespace luqsim::train

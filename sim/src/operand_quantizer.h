// Quantizes one operand from its source, pass by pass, as the quantizer units see it.
#pragma once
#include <memory>
#include <vector>

#include "luqsim/traces/record.h"

#include "tiles.h"

namespace luqsim {

// Passes over the tensor:
//   statistics  elements arrive from whatever produced them; their maximum is taken; they are written at source
//   precision moments     SAWB only: read back, exact moments, whose unit depends on the maximum quantize    read back,
//   quantized, codes written; once for every sample
// With a hindsight estimate LUQ needs no statistics first: elements are quantized as they arrive, once for every
// sample.
struct QuantizePass {
  enum class Kind : std::uint8_t { statistics, moments, quantize };
  Kind kind;
  std::shared_ptr<const QuantizeJob> job;
};

class OperandQuantizer {
 public:
  // `source`: rows * cols values. `source_bits`: 32 or 16, as they lie in memory. `chunk`: elements of a run, a
  // multiple of 8. `name` is for error messages. The object must outlive its passes.
  OperandQuantizer(std::string name, const Operand& operand, std::vector<float> source, std::uint64_t source_bits,
                   std::uint64_t chunk);

  const std::vector<QuantizePass>& passes() const { return passes_; }
  // The reads of a pass that comes from memory.
  std::shared_ptr<const LoadJob> loads() const;

  // After the passes:
  float scale() const { return scale_; }
  std::vector<CodeTensor> take_codes() { return std::move(codes_); }

 private:
  void add_passes();
  void add_pass(QuantizePass::Kind kind, bool from_memory, std::uint64_t out_bits, std::uint32_t sample);
  void process(QuantizePass::Kind kind, std::uint32_t sample, std::uint64_t first, std::span<const float> x);
  void decide_scale();

  std::string name_;
  const Operand& operand_;
  std::vector<float> source_;
  std::uint64_t source_bits_, chunk_;
  float max_abs_ = 0;
  SawbMoments moments_;
  float scale_ = 0;
  bool scale_known_ = false;
  LuqScale luq_scale_;
  std::vector<std::int8_t> levels_;
  std::vector<CodeTensor> codes_;
  std::vector<QuantizePass> passes_;
};

}  // namespace luqsim

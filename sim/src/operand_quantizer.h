// Quantizes one operand from its source, pass by pass, as the quantizer units see it.
#pragma once
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "luqsim/numerics/lfsr.h"
#include "luqsim/traces/trace.h"

#include "quantize_plan.h"
#include "tiles.h"

namespace luqsim {

// The design's way of quantizing an operand: what the trace recorded, with the design's own choices in its place.
struct LuqChoice {
  LuqConfig config;
  RandomStream stream;
  std::optional<float> estimate;
  std::span<Lfsr16Lanes> lfsr;  // the design's registers, for each sample of a pass; empty: Philox
};

class OperandQuantizer {
 public:
  // `operand` has codes, a source and a quantization in `trace`; `luq` as the design does it (LUQ operands). `name` is
  // for error messages.
  OperandQuantizer(std::string name, const Trace& trace, const Operand& operand, const std::optional<LuqChoice>& luq);

  // A run of a pass. `loaded` holds the source where the pass reads it from memory.
  void process(const QuantizePass& pass, std::uint64_t first, std::uint64_t count, const OperandTile* loaded);

  // After the passes:
  float scale() const { return scale_; }
  float max_abs() const { return max_abs_; }
  std::vector<CodeTensor> take_codes();

 private:
  void measure(std::uint64_t first, std::span<const float> x);
  void decide_scale();
  // `of_pass`: the sample's number in its pass.
  void quantize(std::uint32_t sample, std::uint32_t of_pass, std::uint64_t first, std::span<const float> x);

  std::string name_;
  const Trace& trace_;
  const Operand& operand_;
  std::optional<LuqChoice> luq_;
  float max_abs_ = 0;
  SawbMoments moments_;
  float scale_ = 0;
  LuqScale luq_scale_;
  bool scale_known_ = false;
  std::vector<float> arriving_;
  std::vector<std::int8_t> levels_;
  std::vector<CodePacker> packers_;  // by sample
};

}  // namespace luqsim

#include "operand_quantizer.h"

#include <algorithm>

#include <fmt/format.h>

namespace luqsim {

OperandQuantizer::OperandQuantizer(std::string name, const Trace& trace, const Operand& operand,
                                   const std::optional<LuqChoice>& luq)
    : name_(std::move(name)), trace_(trace), operand_(operand), luq_(luq) {
  for (std::size_t s = 0; s < operand.codes.size(); ++s)
    packers_.emplace_back(operand.format, operand.rows, operand.cols);
}

void OperandQuantizer::process(const QuantizePass& pass, std::uint64_t first, std::uint64_t count,
                               const OperandTile* loaded) {
  std::span<const float> x;
  if (pass.source_from_memory) {
    x = loaded->source;
  } else {
    arriving_.resize(count);
    trace_.read_values(operand_.source, first, arriving_);
    x = arriving_;
  }
  if (!pass.source_from_memory) measure(first, x);
  if (pass.kind == QuantizePass::Kind::moments && max_abs_ >= smallest_max_abs) moments_ += sawb_moments(x, max_abs_);
  for (std::uint32_t s = 0; s < pass.samples; ++s) quantize(pass.first_sample + s, s, first, x);
}

void OperandQuantizer::measure(std::uint64_t first, std::span<const float> x) {
  const MaxAbs measured = luqsim::max_abs(x);
  if (measured.status != QuantizeStatus::ok)
    throw TraceError(fmt::format("{}: element {} is {}; wanted a finite number", name_,
                                 first + measured.first_non_finite, x[measured.first_non_finite]));
  max_abs_ = std::max(max_abs_, measured.max_abs);
}

void OperandQuantizer::decide_scale() {
  scale_known_ = true;
  if (luq_) {
    luq_scale_ = luq_scale(luq_->estimate.value_or(max_abs_), luq_->config);
    scale_ = luq_scale_.alpha;
  } else {
    scale_ = sawb_scale(moments_, max_abs_, std::get<SawbQuantization>(*operand_.quantization).config);
  }
}

void OperandQuantizer::quantize(std::uint32_t sample, std::uint32_t of_pass, std::uint64_t first,
                                std::span<const float> x) {
  if (!scale_known_) decide_scale();
  levels_.resize(x.size());
  if (!luq_) {
    sawb_levels(x, scale_, operand_.format, levels_);
  } else if (!luq_->lfsr.empty()) {
    std::vector<std::uint16_t> random(x.size());
    luq_->lfsr[of_pass].fill(first, random);
    luq_levels(x, random, luq_scale_, luq_->config, levels_);
  } else {
    RandomStream stream = luq_->stream;
    stream.sample += sample;
    luq_levels(x, first, luq_scale_, luq_->config, stream, levels_);
  }
  packers_[sample].add(levels_);
}

std::vector<CodeTensor> OperandQuantizer::take_codes() {
  std::vector<CodeTensor> codes;
  for (CodePacker& packer : packers_) codes.push_back(packer.take());
  return codes;
}

}  // namespace luqsim

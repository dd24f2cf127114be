#include "operand_quantizer.h"

#include <algorithm>

#include <fmt/format.h>

#include "luqsim/traces/trace.h"

namespace luqsim {

using Kind = QuantizePass::Kind;

OperandQuantizer::OperandQuantizer(std::string name, const Operand& operand, std::vector<float> source,
                                   std::uint64_t source_bits, std::uint64_t chunk)
    : name_(std::move(name)),
      operand_(operand),
      source_(std::move(source)),
      source_bits_(source_bits),
      chunk_(chunk),
      levels_(source_.size()) {
  add_passes();
}

void OperandQuantizer::add_passes() {
  const auto* luq = std::get_if<LuqQuantization>(&*operand_.quantization);
  const bool on_the_fly = luq != nullptr && luq->estimate.has_value();
  if (!on_the_fly) add_pass(Kind::statistics, false, source_bits_, 0);
  if (luq == nullptr) add_pass(Kind::moments, true, 0, 0);
  for (std::uint32_t s = 0; s < operand_.codes.size(); ++s) add_pass(Kind::quantize, !on_the_fly, 4, s);
}

void OperandQuantizer::add_pass(Kind kind, bool from_memory, std::uint64_t out_bits, std::uint32_t sample) {
  auto job = std::make_shared<QuantizeJob>();
  job->elements = source_.size();
  job->chunk = chunk_;
  job->from_memory = from_memory;
  job->out_bits = out_bits;
  job->process = [this, kind, sample](std::uint64_t first, std::uint64_t count, const OperandTile* tile) {
    process(kind, sample, first,
            tile != nullptr ? std::span<const float>(tile->source) : std::span(source_).subspan(first, count));
  };
  passes_.push_back({kind, std::move(job)});
}

std::shared_ptr<const LoadJob> OperandQuantizer::loads() const {
  auto job = std::make_shared<LoadJob>();
  job->next = [this, first = std::uint64_t{0}](Load& load) mutable {
    if (first >= source_.size()) return false;
    const std::uint64_t count = std::min<std::uint64_t>(chunk_, source_.size() - first);
    load.bytes = count * source_bits_ / 8;
    load.fill = [this, first, count](OperandTile& tile) {
      const auto run = std::span(source_).subspan(first, count);
      tile.source.assign(run.begin(), run.end());
    };
    first += count;
    return true;
  };
  return job;
}

void OperandQuantizer::decide_scale() {
  scale_known_ = true;
  if (const auto* luq = std::get_if<LuqQuantization>(&*operand_.quantization)) {
    luq_scale_ = luq_scale(luq->estimate.value_or(max_abs_), luq->config);
    scale_ = luq_scale_.alpha;
  } else {
    scale_ = sawb_scale(moments_, max_abs_, std::get<SawbQuantization>(*operand_.quantization).config);
  }
}

void OperandQuantizer::process(Kind kind, std::uint32_t sample, std::uint64_t first, std::span<const float> x) {
  const auto* luq = std::get_if<LuqQuantization>(&*operand_.quantization);
  if (kind == Kind::statistics || (kind == Kind::quantize && luq != nullptr && luq->estimate)) {
    const MaxAbs measured = max_abs(x);
    if (measured.status != QuantizeStatus::ok)
      throw TraceError(fmt::format("{}: element {} is {}; wanted a finite number", name_,
                                   first + measured.first_non_finite, x[measured.first_non_finite]));
    max_abs_ = std::max(max_abs_, measured.max_abs);
  }
  if (kind == Kind::moments && max_abs_ >= smallest_max_abs) moments_ += sawb_moments(x, max_abs_);
  if (kind != Kind::quantize) return;

  if (!scale_known_) decide_scale();
  const auto levels = std::span(levels_).subspan(first, x.size());
  if (luq != nullptr) {
    RandomStream stream = luq->stream;
    stream.sample += sample;
    luq_levels(x, first, luq_scale_, luq->config, stream, levels);
  } else {
    sawb_levels(x, scale_, operand_.format, levels);
  }
  if (first + x.size() == source_.size())
    codes_.push_back(pack_levels(operand_.format, operand_.rows, operand_.cols, levels_));
}

}  // namespace luqsim

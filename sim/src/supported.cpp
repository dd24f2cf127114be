#include "supported.h"

#include <stdexcept>

#include <fmt/format.h>

#include "fold_sums.h"
#include "quantize_plan.h"

namespace luqsim {
namespace {

void check_operand(const QuantizerConfig& design, const Operand& operand, const std::string& place) {
  const auto* luq = operand.quantization ? std::get_if<LuqQuantization>(&*operand.quantization) : nullptr;
  if (luq == nullptr || operand.source.empty()) return;
  const LuqConfig config = design_config(design, luq->config);
  if (design.rng == Rng::lfsr16 && config.reuse > 1)
    throw TraceError(
        fmt::format("{}: the design has quantizer.rng: lfsr16, whose registers run on, with reuse {}; wanted "
                    "quantizer.reuse: 1, or rng: philox",
                    place, config.reuse));
  try {
    validate(config);
  } catch (const std::invalid_argument& error) {
    throw TraceError(fmt::format("{}: with the design's quantizer, {}", place, error.what()));
  }
}

void check_samples(const Architecture& architecture, const Record& record, const Operand& operand,
                   const std::string& place) {
  const QuantizerConfig& design = architecture.quantizer;
  const bool quantized = operand.quantization && (!operand.source.empty() || !architecture.formats.as_traced());
  const std::uint32_t samples = operand_samples(architecture, record, operand);
  if (quantized && design.smp == Smp::parallel && samples > design.samples)
    throw TraceError(
        fmt::format("{}: the design has quantizer.smp: parallel with quantizer.samples: {}; wanted at "
                    "least the {} samples of the operand, or smp: serial",
                    place, design.samples, samples));
}

}  // namespace

LuqConfig design_config(const QuantizerConfig& design, LuqConfig recorded) {
  recorded.alpha = design.alpha.value_or(recorded.alpha);
  recorded.random_bits = static_cast<int>(design.rng_bits.value_or(static_cast<std::uint32_t>(recorded.random_bits)));
  recorded.reuse = design.reuse.value_or(recorded.reuse);
  return recorded;
}

void check_supported(const Architecture& architecture, const Trace& trace) {
  for (const Record& record : trace.records()) {
    if (record.shape_only()) continue;
    const std::string place = fmt::format("{}: record {}", trace.path().string(), record.id);
    check_samples(architecture, record, record.a, place + ", operand a");
    check_samples(architecture, record, record.b, place + ", operand b");
    if (!architecture.formats.as_traced()) continue;
    const Product product = product_of(architecture.array, record.a.format, record.b.format);
    if (!accepts(product, record.a.format, record.b.format))
      throw TraceError(fmt::format("{}: operands are {} x {}; wanted what the product {} of design {} takes", place,
                                   name_of(record.a.format), name_of(record.b.format), name_of(product),
                                   architecture.name));
    check_operand(architecture.quantizer, record.a, place + ", operand a");
    check_operand(architecture.quantizer, record.b, place + ", operand b");
  }
}

}  // namespace luqsim

#include "quantize_plan.h"

#include <algorithm>

namespace luqsim {
namespace {

constexpr OperandSize size_of_bits(std::uint64_t bits) { return {32 * bits}; }

}  // namespace

std::vector<QuantizePass> plan_quantization(const QuantizeRequest& r) {
  using Kind = QuantizePass::Kind;
  const OperandSize source = size_of_bits(r.source_bits);
  const bool on_the_fly = !r.again && (!r.measured || r.hindsight);
  std::vector<QuantizePass> passes;
  if (!on_the_fly && !r.again) passes.push_back({Kind::statistics, false, {0}, source, 0, 0});
  if (r.moments) passes.push_back({Kind::moments, true, source, {0}, 0, 0});
  const std::uint32_t at_once = r.smp == Smp::parallel ? r.samples : 1;
  for (std::uint32_t first = 0; first < r.samples; first += at_once) {
    QuantizePass pass{Kind::quantize, !on_the_fly || first > 0, {0}, {r.code_size.bits_of_32 * at_once}, first,
                      at_once};
    if (pass.source_from_memory) pass.in.bits_of_32 += source.bits_of_32;
    if (on_the_fly && first == 0 && (r.kept || at_once < r.samples)) pass.out.bits_of_32 += source.bits_of_32;
    (r.reads_random_numbers() ? pass.in : pass.out).bits_of_32 +=
        size_of_bits(std::uint64_t{r.stored_random_bits} * at_once).bits_of_32;
    passes.push_back(pass);
  }
  return passes;
}

OperandFormat operand_format(const Architecture& architecture, const Operand& operand) {
  return operand.format == Format::fp4_e3m0 ? architecture.formats.gradient : architecture.formats.forward;
}

std::uint32_t operand_samples(const Architecture& architecture, const Record& record, const Operand& operand) {
  const FormatConfig& formats = architecture.formats;
  const bool gradient = operand.format == Format::fp4_e3m0;
  if (!formats.as_traced() && !(gradient && operand_format_info(formats.gradient).stochastic)) return 1;
  if (record.shape_only()) return gradient && record.pass == Pass::wgrad ? architecture.quantizer.samples : 1;
  return std::max<std::uint32_t>(1, static_cast<std::uint32_t>(operand.codes.size()));
}

QuantizeRequest quantize_request(const Architecture& architecture, const Operand& operand, std::uint64_t step) {
  const OperandFormat format = operand_format(architecture, operand);
  const OperandFormatInfo& info = operand_format_info(format);
  QuantizeRequest request;
  request.code_size = operand_size(format);
  request.measured = info.measured;
  request.moments = info.moments;
  request.smp = architecture.quantizer.smp;
  const auto* luq = operand.quantization ? std::get_if<LuqQuantization>(&*operand.quantization) : nullptr;
  if (luq == nullptr || format != OperandFormat::fp4_e3m0) return request;
  const std::uint32_t reuse = architecture.quantizer.reuse.value_or(luq->config.reuse);
  if (reuse > 1) {
    request.stored_random_bits =
        architecture.quantizer.rng_bits.value_or(static_cast<std::uint32_t>(luq->config.random_bits));
    request.first_of_reuse = step % reuse == 0;
  }
  return request;
}

}  // namespace luqsim

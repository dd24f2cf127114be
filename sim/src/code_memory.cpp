#include "code_memory.h"

#include <utility>

namespace luqsim {
namespace {

bool same_codes(const Operand& x, const Operand& y) {
  return x.format == y.format && x.scale == y.scale && x.rows == y.rows && x.cols == y.cols &&
         (y.source.empty() || (x.source == y.source && x.quantization == y.quantization));
}

}  // namespace

CodeMemory::CodeMemory(const Trace& trace) : trace_(trace) {
  const auto records = trace.records();
  for (std::size_t i = 0; i < records.size(); ++i)
    for (const Operand* operand : {&records[i].a, &records[i].b}) {
      for (const std::string& codes : operand->codes) last_use_[codes] = i;
      if (operand->codes.empty() || operand->source.empty() || !operand->quantization) continue;
      const Operand*& widest = widest_[operand->codes.front()];
      if (widest == nullptr || widest->codes.size() < operand->codes.size()) widest = operand;
    }
}

const Operand& CodeMemory::widest(const Operand& operand) const {
  if (operand.codes.empty()) return operand;
  const auto found = widest_.find(operand.codes.front());
  return found != widest_.end() && same_codes(*found->second, operand) ? *found->second : operand;
}

void CodeMemory::put(const Operand& operand, std::size_t sample, float scale, std::optional<CodeTensor> codes) {
  quantized_.insert_or_assign(operand.codes[sample], Quantized{&operand, scale, std::move(codes)});
}

void CodeMemory::put_recorded(const Operand& operand) {
  const Operand& all = widest(operand);
  for (std::size_t sample = 0; sample < all.codes.size(); ++sample) put(all, sample, all.scale, std::nullopt);
}

const CodeMemory::Quantized* CodeMemory::find(const Operand& operand, std::size_t sample) const {
  const auto found = quantized_.find(operand.codes[sample]);
  return found != quantized_.end() && same_codes(*found->second.operand, operand) ? &found->second : nullptr;
}

bool CodeMemory::has(const Operand& operand) const {
  for (std::size_t sample = 0; sample < operand.codes.size(); ++sample)
    if (find(operand, sample) == nullptr) return false;
  return true;
}

float CodeMemory::scale(const Operand& operand) const {
  const Quantized* quantized = operand.codes.empty() ? nullptr : find(operand, 0);
  return quantized == nullptr ? operand.scale : quantized->scale;
}

std::vector<CodeView> CodeMemory::codes(const Operand& operand) const {
  std::vector<CodeView> views;
  for (std::size_t sample = 0; sample < operand.codes.size(); ++sample) {
    const Quantized* quantized = find(operand, sample);
    views.push_back(quantized != nullptr && quantized->codes ? quantized->codes->view()
                                                             : trace_.codes(operand, sample));
  }
  return views;
}

void CodeMemory::forget_after(std::size_t record_index) {
  std::erase_if(quantized_, [&](const auto& entry) { return last_use_.at(entry.first) <= record_index; });
}

}  // namespace luqsim

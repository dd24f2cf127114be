// What the model has quantized, under the names that the codes have in the trace, until the last record that uses them.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "luqsim/numerics/tensor.h"
#include "luqsim/traces/trace.h"

namespace luqsim {

// Two operands that name the same codes share what was quantized only where they say the same of it: format, scale, and
// source and quantization unless they name no source.
class CodeMemory {
 public:
  explicit CodeMemory(const Trace& trace);

  // All samples that any operand needs of the same tensor: dgrad takes a gradient's first, wgrad all of them.
  const Operand& widest(const Operand& operand) const;

  // `codes` none where they equal the trace's.
  void put(const Operand& operand, std::size_t sample, float scale, std::optional<CodeTensor> codes);
  void put_recorded(const Operand& operand);  // every sample as the trace has it
  bool has(const Operand& operand) const;     // every sample
  // The model's scale, or the trace's where the model has not quantized it.
  float scale(const Operand& operand) const;
  // A view a sample: of the model's codes where they differ, else of the trace's.
  std::vector<CodeView> codes(const Operand& operand) const;

  void forget_after(std::size_t record_index);

 private:
  struct Quantized {
    const Operand* operand;
    float scale;
    std::optional<CodeTensor> codes;
  };
  const Quantized* find(const Operand& operand, std::size_t sample) const;

  const Trace& trace_;
  std::map<std::string, Quantized> quantized_;
  std::map<std::string, std::size_t> last_use_;   // index of a record
  std::map<std::string, const Operand*> widest_;  // by its first codes
};

}  // namespace luqsim

// A set of hypotheses, and which of them can matter where.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "luqsim/validate/diagnose.h"

namespace luqsim {

class Hypotheses {
 public:
  Hypotheses() = default;
  explicit Hypotheses(std::span<const Hypothesis> all) {
    for (const Hypothesis h : all) bits_ |= std::uint64_t{1} << static_cast<unsigned>(h);
  }
  bool operator[](Hypothesis h) const { return (bits_ >> static_cast<unsigned>(h) & 1) != 0; }

 private:
  std::uint64_t bits_ = 0;
};

// Those that change anything for an operand quantized like this one, or for a record of such operands.
std::vector<Hypothesis> code_hypotheses(const Operand& operand);
std::vector<Hypothesis> output_hypotheses(const Record& record);

}  // namespace luqsim

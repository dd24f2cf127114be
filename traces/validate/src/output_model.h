// A record's output, element by element, under hypotheses. Slow and plain: it runs only where outputs differ.
#pragma once
#include <array>
#include <optional>
#include <vector>

#include "luqsim/numerics/accumulator.h"

#include "hypothesis.h"

namespace luqsim {

class OutputModel {
 public:
  OutputModel(const Trace& trace, const Record& record, const Hypotheses& hypotheses);

  // What the tensor holds as element (row, col).
  float stored(std::uint64_t row, std::uint64_t col) const;

 private:
  struct Matrix {
    std::uint64_t rows = 0, cols = 0;
    std::vector<std::int8_t> values;
    std::int8_t at(std::uint64_t i, std::uint64_t j) const { return values[i * cols + j]; }
  };
  Matrix matrix(const Trace& trace, const Operand& operand, std::size_t sample, bool swaps_nibbles) const;
  std::size_t samples() const { return std::max(a_.size(), b_.size()); }
  float value(std::uint64_t i, std::uint64_t j) const;
  std::int32_t term(std::size_t sample, std::uint64_t i, std::uint64_t j, std::uint64_t k, bool of_a) const;
  double integer_sum(std::uint64_t i, std::uint64_t j) const;
  double tensor_core_sum(std::uint64_t i, std::uint64_t j) const;

  const Record& record_;
  Hypotheses h_;
  AccumulatorConfig accumulator_;
  std::optional<DotModelUse> tensor_core_;              // absent: sums are those of accumulator_
  std::array<std::uint16_t, 256> tensor_core_codes_{};  // of int8 values
  std::vector<Matrix> a_, b_;                           // by sample
};

}  // namespace luqsim

// A record's output, element by element, under hypotheses. Slow and plain: it runs only where outputs differ.
#pragma once
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
  float value(std::uint64_t i, std::uint64_t j) const;
  double sum(std::size_t sample, std::uint64_t i, std::uint64_t j) const;

  const Record& record_;
  Hypotheses h_;
  AccumulatorConfig accumulator_;
  std::vector<Matrix> a_, b_;  // by sample
};

}  // namespace luqsim

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
  // One sample's codes. Rows and columns of the matrix are read when they are needed: a matrix of patches may be much
  // larger than what is stored.
  struct Codes {
    const Operand* operand = nullptr;
    CodeView view;
    std::vector<std::uint8_t> swapped;  // what view looks at where nibbles are read in the other order
  };
  Codes codes_of(const Trace& trace, const Operand& operand, std::size_t sample, bool swaps_nibbles) const;
  // The factors, over k, of element (i, j) of the output in a sample.
  void read_factors(std::size_t sample, std::uint64_t i, std::uint64_t j, std::vector<std::int8_t>& a,
                    std::vector<std::int8_t>& b) const;
  void read_line(const Codes& codes, bool is_row, std::uint64_t line, std::vector<std::int8_t>& values) const;
  std::size_t samples() const { return std::max(a_.size(), b_.size()); }
  float value(std::uint64_t i, std::uint64_t j) const;
  double integer_sum(std::uint64_t i, std::uint64_t j) const;
  double tensor_core_sum(std::uint64_t i, std::uint64_t j) const;

  const Record& record_;
  Hypotheses h_;
  AccumulatorConfig accumulator_;
  std::optional<DotModelUse> tensor_core_;              // absent: sums are those of accumulator_
  std::array<std::uint16_t, 256> tensor_core_codes_{};  // of int8 values
  std::vector<Codes> a_, b_;                            // by sample
};

}  // namespace luqsim

// An operand's codes, element by element, under hypotheses. Slow and plain: it runs only where codes differ.
#pragma once
#include <cmath>

#include "hypothesis.h"
#include "statistics.h"

namespace luqsim {

class CodeModel {
 public:
  // `signed_max`: of x without its absolute value.
  CodeModel(const Trace& trace, const Operand& operand, std::size_t sample, const SourceStatistics& statistics,
            float signed_max, const Hypotheses& hypotheses);

  float scale() const { return scale_; }
  // What the tensor holds as element (row, col).
  std::uint32_t stored(std::uint64_t row, std::uint64_t col) const;

 private:
  void set_luq_scale(const LuqQuantization& luq, float max_abs);
  void set_sawb_scale(const SawbConfig& config, const SourceStatistics& statistics);
  std::uint32_t code(std::uint64_t row, std::uint64_t col) const;
  std::int32_t luq_level(float x, std::uint32_t random) const;
  std::int32_t sawb_level(float x) const;
  std::uint32_t random_number(std::uint64_t row, std::uint64_t col) const;
  double ratio(float magnitude) const;
  double exact_ratio(float magnitude) const;
  float value(std::uint64_t element) const;

  const Operand& operand_;
  const TensorView& source_;
  Hypotheses h_;
  const LuqQuantization* luq_;
  RandomStream stream_;
  int top_exponent_ = 6, top_level_ = 7;
  float scale_ = 0, inverse_ = 0;
};

}  // namespace luqsim

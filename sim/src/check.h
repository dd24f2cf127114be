// Bit-for-bit comparison of what the model computed with what the trace recorded.
#pragma once
#include <span>
#include <string>

#include "luqsim/numerics/tensor.h"
#include "luqsim/results/results.h"

namespace luqsim {

TensorCheck check_codes(std::string tensor, const CodeView& expected, const CodeView& actual);

// Values that arrive in parts and in any order. The first mismatch is the one with the smallest index.
class ValueCheck {
 public:
  explicit ValueCheck(std::string tensor) { result_.tensor = std::move(tensor); }
  // `first`: index of the part's first element.
  void add(std::uint64_t first, std::span<const float> expected, std::span<const float> actual);
  const TensorCheck& result() const { return result_; }
  OutputErrors errors() const;

 private:
  void add_error(float expected, float actual);

  TensorCheck result_;
  OutputErrors errors_;
  std::uint64_t first_index_ = 0;
  double ulp_sum_ = 0, signal_ = 0, noise_ = 0;
};

}  // namespace luqsim

// Bit-for-bit comparison of what the model computed with what the trace recorded.
#pragma once
#include <span>
#include <string>

#include "luqsim/numerics/tensor.h"
#include "luqsim/results/results.h"

namespace luqsim {

TensorCheck check_codes(std::string tensor, const CodeView& expected, const CodeView& actual);
TensorCheck check_values(std::string tensor, std::span<const float> expected, std::span<const float> actual);

}  // namespace luqsim

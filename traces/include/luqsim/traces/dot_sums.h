// What a floating-point tensor core makes of a record's codes.
#pragma once
#include <span>
#include <vector>

#include "luqsim/traces/record.h"

namespace luqsim {

// The numbers of a dot model, and the format in which it gets the operands' values.
DotModel model_of(const DotModelUse& use);
Format format_of(const DotModelUse& use);

// The sums (row-major m x n) of a record under a dot model: from +0, the dot product over k in order, sample after
// sample. `a` and `b` are the code tensors of the operands in stored orientation, one a sample or one for all; the
// record must be valid. The model's format must hold the operands' values exactly.
std::vector<float> dot_model_sums(const Record& record, const DotModelUse& use, std::span<const CodeView> a,
                                  std::span<const CodeView> b);

// Rows first_row .. first_row + rows - 1 of them.
std::vector<float> dot_model_rows(const Record& record, const DotModelUse& use, std::span<const CodeView> a,
                                  std::span<const CodeView> b, std::uint64_t first_row, std::uint64_t rows);

// The output that follows: RN(sum * output_scale(scale of a, scale of b, samples)).
std::vector<float> dot_model_output(const Record& record, std::span<const float> sums);

}  // namespace luqsim

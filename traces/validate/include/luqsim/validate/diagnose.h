// Which known mistake of a kernel explains what differs. A hypothesis is a deviation from the specification; the model
// is run again with it, alone or with a second one, and has to give every element as recorded, not just those that
// differ.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "luqsim/numerics/enum_names.h"
#include "luqsim/traces/trace.h"
#include "luqsim/validate/report.h"

namespace luqsim {

enum class Hypothesis : std::uint8_t {
  // Of a quantizer.
  top_exponent_7,
  max_without_abs,
  truncated_random,
  flushed_subnormals,
  contracted_product,
  divided_by_scale,
  round_half_away,
  other_clip_constants,
  scale_in_binary32,
  lanes_high_half_first,
  lanes_reversed,
  lane_per_word,
  counter_without_sample,
  counter_tensor_and_step_swapped,
  key_halves_swapped,
  random_by_column,
  nibbles_swapped,
  codes_transposed,
  padding_nibbles,  // no element differs; alone
  // Of a GEMM.
  fp32_sums,
  fp16_sums,
  int16_sums,
  scales_in_turn,
  scaled_in_binary64,
  samples_summed,
  first_sample_only,
  a_nibbles_swapped,
  b_nibbles_swapped,
  a_transposed,
  b_transposed,
  out_transposed,
  int4_unsigned,
  fp4_doubled,
  hopper_fp8_sums,
  exact_sums,
};
// What a kernel does under the hypothesis, as a sentence about it.
std::string_view meaning(Hypothesis hypothesis);

using Explanation = std::vector<Hypothesis>;  // one or two, true together

struct Diagnosis {
  std::string tensor;
  Checked what = Checked::codes;  // codes (with their scale) or an output
  std::vector<Explanation>
      explanations;        // each explains all of the tensor; of the fewest hypotheses; none: unexplained
  Explanation closest;     // where unexplained: leaves the fewest differences; empty: the specification
  std::uint64_t left = 0;  // how many that are, the scale among them
};

struct DiagnoseOptions {
  int threads = 1;
  // Of an output that took more, elements at equal distances are examined: as many as took these, at least 4096.
  std::uint64_t most_products = std::uint64_t{1} << 30;
};

// Of the checks of one record that found mismatches.
std::vector<Diagnosis> diagnose(const Trace& trace, const Record& record, const RecordReport& report,
                                const DiagnoseOptions& options);

template <>
struct EnumNames<Hypothesis> {
  static constexpr std::array<std::string_view, 35> names{"top_exponent_7",
                                                          "max_without_abs",
                                                          "truncated_random",
                                                          "flushed_subnormals",
                                                          "contracted_product",
                                                          "divided_by_scale",
                                                          "round_half_away",
                                                          "other_clip_constants",
                                                          "scale_in_binary32",
                                                          "lanes_high_half_first",
                                                          "lanes_reversed",
                                                          "lane_per_word",
                                                          "counter_without_sample",
                                                          "counter_tensor_and_step_swapped",
                                                          "key_halves_swapped",
                                                          "random_by_column",
                                                          "nibbles_swapped",
                                                          "codes_transposed",
                                                          "padding_nibbles",
                                                          "fp32_sums",
                                                          "fp16_sums",
                                                          "int16_sums",
                                                          "scales_in_turn",
                                                          "scaled_in_binary64",
                                                          "samples_summed",
                                                          "first_sample_only",
                                                          "a_nibbles_swapped",
                                                          "b_nibbles_swapped",
                                                          "a_transposed",
                                                          "b_transposed",
                                                          "out_transposed",
                                                          "int4_unsigned",
                                                          "fp4_doubled",
                                                          "hopper_fp8_sums",
                                                          "exact_sums"};
};

}  // namespace luqsim

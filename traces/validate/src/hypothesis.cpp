#include "hypothesis.h"

#include <array>

namespace luqsim {
namespace {

using enum Hypothesis;

constexpr std::array<std::string_view, EnumNames<Hypothesis>::names.size()> meanings{
    "alpha is max|x| / 2^7 (levels above 7 become 7) instead of / 2^6",
    "the maximum is that of x, not of |x|",
    "the random number is u, without its half",
    "subnormal numbers are flushed to zero",
    "the product with the inverse scale is not rounded before it is rounded to a level",
    "x is divided by the scale instead of multiplied by its rounded inverse",
    "ties round away from zero instead of to even",
    "the clip constants are another pair: (12.035, 12.03), (12.68, 12.80) or (12.1, 12.2)",
    "the scale is computed in binary32 instead of binary64",
    "the high half of a random word comes before the low half",
    "the eight random numbers of a block are taken from the last to the first",
    "every element takes a 32-bit word of its own (its upper 16 bits), four a block",
    "the counter's last word is the step, without 256 and sample",
    "tensor and step change places in the counter",
    "the two halves of the seed change places in the key",
    "random numbers are numbered by columns",
    "the even column is in the high nibble",
    "the codes are those of the transposed tensor",
    "every element is right; the nibble behind a row of odd length is not 0",
    "sums run in binary32, in the order of k",
    "sums run in fp16, in the order of k",
    "sums wrap around in 16 bits",
    "the sum is multiplied by one scale and then by the other",
    "scales and sum are multiplied in binary64 and rounded once",
    "samples are summed, not averaged",
    "only the first sample counts",
    "A's nibbles are read in the other order",
    "B's nibbles are read in the other order",
    "A is read as its transpose",
    "B is read as its transpose",
    "the output is stored by columns",
    "int4 codes are read as 0 to 15",
    "fp4 codes are read as 2^e instead of 2^(e-1)",
    "sums are those of Hopper's FP8 tensor cores, with 13 fraction bits",
    "sums are exact integers, not those of the record's tensor core",
};

void append(std::vector<Hypothesis>& all, std::initializer_list<Hypothesis> more) {
  for (const Hypothesis h : more) all.push_back(h);
}

}  // namespace

std::string_view meaning(Hypothesis hypothesis) { return meanings[static_cast<std::size_t>(hypothesis)]; }

std::vector<Hypothesis> code_hypotheses(const Operand& operand) {
  std::vector<Hypothesis> all{flushed_subnormals, contracted_product, divided_by_scale, nibbles_swapped};
  // Rows of other lengths are padded in other places.
  if (operand.rows % 2 == 0 && operand.cols % 2 == 0 && operand.rows > 1 && operand.cols > 1)
    all.push_back(codes_transposed);
  const auto* luq = std::get_if<LuqQuantization>(&*operand.quantization);
  if (luq == nullptr) {
    append(all, {round_half_away, other_clip_constants, scale_in_binary32});
    return all;
  }
  if (luq->config.rounding != Rounding::int4_sr && luq->config.top_exponent == 6) all.push_back(top_exponent_7);
  if (!luq->estimate) all.push_back(max_without_abs);
  if (luq->config.rounding != Rounding::rdnp) {
    append(all, {truncated_random, lanes_high_half_first, lanes_reversed, lane_per_word, counter_without_sample,
                 counter_tensor_and_step_swapped, key_halves_swapped});
    if (operand.rows > 1 && operand.cols > 1) all.push_back(random_by_column);
  }
  return all;
}

std::vector<Hypothesis> output_hypotheses(const Record& record) {
  std::vector<Hypothesis> all{fp32_sums,          fp16_sums,         int16_sums,       scales_in_turn,
                              scaled_in_binary64, a_nibbles_swapped, b_nibbles_swapped};
  if (record.samples() > 1) append(all, {samples_summed, first_sample_only});
  if (record.m == record.k) all.push_back(a_transposed);
  if (record.n == record.k) all.push_back(b_transposed);
  if (record.m > 1 && record.n > 1) all.push_back(out_transposed);
  if (record.dot_model) all.push_back(exact_sums);
  if (record.dot_model != DotModelUse{DotPreset::hopper_fp8}) all.push_back(hopper_fp8_sums);
  const auto has = [&](Format format) { return record.a.format == format || record.b.format == format; };
  if (has(Format::int4)) all.push_back(int4_unsigned);
  if (has(Format::fp4_e3m0)) all.push_back(fp4_doubled);
  return all;
}

}  // namespace luqsim

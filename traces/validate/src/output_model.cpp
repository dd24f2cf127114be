#include "output_model.h"

#include "luqsim/numerics/gemm.h"
#include "luqsim/traces/dot_sums.h"
#include "luqsim/traces/operand.h"

namespace luqsim {
namespace {

using enum Hypothesis;

}  // namespace

OutputModel::OutputModel(const Trace& trace, const Record& record, const Hypotheses& hypotheses)
    : record_(record), h_(hypotheses) {
  accumulator_.kind = h_[fp16_sums]    ? AccumulatorKind::fp16
                      : h_[fp32_sums]  ? AccumulatorKind::fp32
                      : h_[int16_sums] ? AccumulatorKind::int16
                                       : AccumulatorKind::int32;
  if (h_[hopper_fp8_sums])
    tensor_core_ = DotPreset::hopper_fp8;
  else if (!h_[exact_sums] && accumulator_.kind == AccumulatorKind::int32)
    tensor_core_ = record.dot_model;
  if (tensor_core_)
    for (int v = -128; v < 128; ++v)
      tensor_core_codes_[static_cast<std::uint8_t>(v)] =
          static_cast<std::uint16_t>(encode(format_of(*tensor_core_), v));
  const std::size_t samples = h_[first_sample_only] ? 1 : record.samples();
  for (std::size_t s = 0; s < samples; ++s) {
    if (s < record.a.codes.size()) a_.push_back(codes_of(trace, record.a, s, h_[a_nibbles_swapped]));
    if (s < record.b.codes.size()) b_.push_back(codes_of(trace, record.b, s, h_[b_nibbles_swapped]));
  }
}

OutputModel::Codes OutputModel::codes_of(const Trace& trace, const Operand& operand, std::size_t sample,
                                         bool swaps_nibbles) const {
  Codes codes{&operand, trace.codes(operand, sample), {}};
  if (swaps_nibbles) {
    for (const std::uint8_t byte : codes.view.bytes)
      codes.swapped.push_back(static_cast<std::uint8_t>(byte << 4 | byte >> 4));
    codes.view.bytes = codes.swapped;
  }
  return codes;
}

float OutputModel::stored(std::uint64_t row, std::uint64_t col) const {
  if (!h_[out_transposed]) return value(row, col);
  const std::uint64_t turned = row * record_.n + col;
  return value(turned % record_.m, turned / record_.m);
}

void OutputModel::read_line(const Codes& codes, bool is_row, std::uint64_t line,
                            std::vector<std::int8_t>& values) const {
  values.resize(record_.k);
  const Operand& operand = *codes.operand;
  if (is_row)
    read_block(operand, codes.view, line, 1, 0, record_.k, values);
  else
    read_block(operand, codes.view, 0, record_.k, line, 1, values);
  for (std::int8_t& v : values) {
    if (operand.format == Format::int4 && h_[int4_unsigned]) v = static_cast<std::int8_t>(v & 0xF);
    // 2^e of the largest code, 128, does not fit; a kernel that stores it in int8 holds -128.
    if (operand.format == Format::fp4_e3m0 && h_[fp4_doubled]) v = static_cast<std::int8_t>(v * 2);
  }
}

void OutputModel::read_factors(std::size_t sample, std::uint64_t i, std::uint64_t j, std::vector<std::int8_t>& a,
                               std::vector<std::int8_t>& b) const {
  read_line(a_[sample % a_.size()], !h_[a_transposed], i, a);
  read_line(b_[sample % b_.size()], h_[b_transposed], j, b);
}

double OutputModel::integer_sum(std::uint64_t i, std::uint64_t j) const {
  double total = 0;
  thread_local std::vector<std::int8_t> a, b;
  for (std::size_t s = 0; s < samples(); ++s) {
    read_factors(s, i, j, a, b);
    AccumulatorState state;
    for (std::uint64_t k = 0; k < record_.k; ++k) {
      const std::int32_t product = std::int32_t{a[k]} * b[k];
      accumulate(accumulator_, {&product, 1}, state);
    }
    total += state.value;
  }
  return total;
}

double OutputModel::tensor_core_sum(std::uint64_t i, std::uint64_t j) const {
  const Format format = format_of(*tensor_core_);
  thread_local std::vector<std::int8_t> a_values, b_values;
  std::vector<std::uint16_t> a(record_.k), b(record_.k);
  float sum = 0;
  for (std::size_t s = 0; s < samples(); ++s) {
    read_factors(s, i, j, a_values, b_values);
    for (std::uint64_t k = 0; k < record_.k; ++k) {
      a[k] = tensor_core_codes_[static_cast<std::uint8_t>(a_values[k])];
      b[k] = tensor_core_codes_[static_cast<std::uint8_t>(b_values[k])];
    }
    sum = dot(model_of(*tensor_core_), {format, a}, {format, b}, sum);
  }
  return sum;
}

float OutputModel::value(std::uint64_t i, std::uint64_t j) const {
  const double total = tensor_core_ ? tensor_core_sum(i, j) : integer_sum(i, j);
  const float scale_a = record_.a.scale, scale_b = record_.b.scale;
  const auto divisor = static_cast<std::uint32_t>(h_[samples_summed] ? 1 : samples());
  if (h_[scaled_in_binary64])
    return static_cast<float>(total * static_cast<double>(scale_a) * static_cast<double>(scale_b) / divisor);
  const auto rounded = static_cast<float>(total);
  if (h_[scales_in_turn]) {
    const float turn = rounded * scale_a * scale_b;
    return divisor == 1 ? turn : turn / static_cast<float>(divisor);
  }
  return rounded * output_scale(scale_a, scale_b, divisor);
}

}  // namespace luqsim

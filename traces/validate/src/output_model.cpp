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
    if (s < record.a.codes.size()) a_.push_back(matrix(trace, record.a, s, h_[a_nibbles_swapped]));
    if (s < record.b.codes.size()) b_.push_back(matrix(trace, record.b, s, h_[b_nibbles_swapped]));
  }
}

OutputModel::Matrix OutputModel::matrix(const Trace& trace, const Operand& operand, std::size_t sample,
                                        bool swaps_nibbles) const {
  CodeView codes = trace.codes(operand, sample);
  std::vector<std::uint8_t> swapped;
  if (swaps_nibbles) {
    for (const std::uint8_t byte : codes.bytes) swapped.push_back(static_cast<std::uint8_t>(byte << 4 | byte >> 4));
    codes.bytes = swapped;
  }
  const MatrixShape shape = matrix_shape(operand);
  Matrix m{shape.rows, shape.cols, std::vector<std::int8_t>(shape.rows * shape.cols)};
  read_block(operand, codes, 0, shape.rows, 0, shape.cols, m.values);
  for (std::int8_t& v : m.values) {
    if (operand.format == Format::int4 && h_[int4_unsigned]) v = static_cast<std::int8_t>(v & 0xF);
    // 2^e of the largest code, 128, does not fit; a kernel that stores it in int8 holds -128.
    if (operand.format == Format::fp4_e3m0 && h_[fp4_doubled]) v = static_cast<std::int8_t>(v * 2);
  }
  return m;
}

float OutputModel::stored(std::uint64_t row, std::uint64_t col) const {
  if (!h_[out_transposed]) return value(row, col);
  const std::uint64_t turned = row * record_.n + col;
  return value(turned % record_.m, turned / record_.m);
}

// Factor k of element (i, j), of A or of B.
std::int32_t OutputModel::term(std::size_t sample, std::uint64_t i, std::uint64_t j, std::uint64_t k, bool of_a) const {
  if (of_a) {
    const Matrix& a = a_[sample % a_.size()];
    return h_[a_transposed] ? a.at(k, i) : a.at(i, k);
  }
  const Matrix& b = b_[sample % b_.size()];
  return h_[b_transposed] ? b.at(j, k) : b.at(k, j);
}

double OutputModel::integer_sum(std::uint64_t i, std::uint64_t j) const {
  double total = 0;
  for (std::size_t s = 0; s < samples(); ++s) {
    AccumulatorState state;
    for (std::uint64_t k = 0; k < record_.k; ++k) {
      const std::int32_t product = term(s, i, j, k, true) * term(s, i, j, k, false);
      accumulate(accumulator_, {&product, 1}, state);
    }
    total += state.value;
  }
  return total;
}

double OutputModel::tensor_core_sum(std::uint64_t i, std::uint64_t j) const {
  const Format format = format_of(*tensor_core_);
  std::vector<std::uint16_t> a(record_.k), b(record_.k);
  float sum = 0;
  for (std::size_t s = 0; s < samples(); ++s) {
    for (std::uint64_t k = 0; k < record_.k; ++k) {
      a[k] = tensor_core_codes_[static_cast<std::uint8_t>(term(s, i, j, k, true))];
      b[k] = tensor_core_codes_[static_cast<std::uint8_t>(term(s, i, j, k, false))];
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

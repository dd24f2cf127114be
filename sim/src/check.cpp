#include "check.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <numeric>

#include <fmt/format.h>

namespace luqsim {

TensorCheck check_codes(std::string tensor, const CodeView& expected, const CodeView& actual) {
  TensorCheck check{std::move(tensor), expected.rows * expected.cols, 0, {}};
  if (std::ranges::equal(expected.bytes, actual.bytes)) return check;
  for (std::size_t row = 0; row < expected.rows; ++row)
    for (std::size_t col = 0; col < expected.cols; ++col) {
      const std::uint8_t want = expected.code(row, col), got = actual.code(row, col);
      if (want == got) continue;
      if (check.mismatches++ == 0)
        check.first_mismatch = fmt::format("element {} [{}, {}]: expected {}, got {}", row * expected.cols + col, row,
                                           col, print_code(expected.format, want), print_code(actual.format, got));
    }
  return check;
}

namespace {

// Binary32 values in their order as integers; both zeros are 0.
std::int64_t ordinal(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::int64_t magnitude = bits & 0x7FFFFFFF;
  return bits >> 31 ? -magnitude : magnitude;
}

// Eight sums side by side: a single one waits for each addition.
double sum_of_squares(std::span<const float> values) {
  std::array<double, 8> sums{};
  const auto add = [&](std::size_t i) {
    const double value = std::isfinite(values[i]) ? values[i] : 0.0F;
    sums[i % sums.size()] += value * value;
  };
  const std::size_t whole = values.size() / sums.size() * sums.size();
  for (std::size_t i = 0; i < whole; i += sums.size())
    for (std::size_t j = 0; j < sums.size(); ++j) add(i + j);
  for (std::size_t i = whole; i < values.size(); ++i) add(i);
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

}  // namespace

void ValueCheck::add(std::uint64_t first, std::span<const float> expected, std::span<const float> actual) {
  result_.elements += expected.size();
  signal_ += sum_of_squares(expected);
  if (std::memcmp(expected.data(), actual.data(), expected.size_bytes()) == 0) return;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto want = std::bit_cast<std::uint32_t>(expected[i]), got = std::bit_cast<std::uint32_t>(actual[i]);
    if (want == got) continue;
    add_error(expected[i], actual[i]);
    if (result_.mismatches++ > 0 && first + i > first_index_) continue;
    first_index_ = first + i;
    result_.first_mismatch = fmt::format("element {}: expected {}, got {}", first_index_,
                                         print_code(Format::fp32, want), print_code(Format::fp32, got));
  }
}

void ValueCheck::add_error(float expected, float actual) {
  if (!std::isfinite(expected) || !std::isfinite(actual)) {
    ++errors_.non_finite;
    return;
  }
  const double difference = static_cast<double>(expected) - actual;
  noise_ += difference * difference;
  const auto ulp = static_cast<std::uint64_t>(std::abs(ordinal(expected) - ordinal(actual)));
  if (ulp == 0) return;  // zeros of both signs
  const auto bin = static_cast<std::size_t>(std::bit_width(ulp) - 1);
  if (errors_.ulp_counts.size() <= bin) errors_.ulp_counts.resize(bin + 1);
  ++errors_.ulp_counts[bin];
  errors_.max_ulp = std::max(errors_.max_ulp, ulp);
  ulp_sum_ += static_cast<double>(ulp);
}

OutputErrors ValueCheck::errors() const {
  OutputErrors errors = errors_;
  if (result_.elements > 0) errors.mean_ulp = ulp_sum_ / static_cast<double>(result_.elements);
  if (signal_ > 0 && noise_ > 0) errors.snr_db = 10 * std::log10(signal_ / noise_);
  return errors;
}

}  // namespace luqsim

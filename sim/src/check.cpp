#include "check.h"

#include <algorithm>
#include <bit>
#include <cstring>

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

void ValueCheck::add(std::uint64_t first, std::span<const float> expected, std::span<const float> actual) {
  result_.elements += expected.size();
  if (std::memcmp(expected.data(), actual.data(), expected.size_bytes()) == 0) return;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto want = std::bit_cast<std::uint32_t>(expected[i]), got = std::bit_cast<std::uint32_t>(actual[i]);
    if (want == got || (result_.mismatches++ > 0 && first + i > first_index_)) continue;
    first_index_ = first + i;
    result_.first_mismatch = fmt::format("element {}: expected {}, got {}", first_index_,
                                         print_code(Format::fp32, want), print_code(Format::fp32, got));
  }
}

}  // namespace luqsim

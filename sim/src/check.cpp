#include "check.h"

#include <algorithm>
#include <bit>

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

TensorCheck check_values(std::string tensor, std::span<const float> expected, std::span<const float> actual) {
  TensorCheck check{std::move(tensor), expected.size(), 0, {}};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto want = std::bit_cast<std::uint32_t>(expected[i]), got = std::bit_cast<std::uint32_t>(actual[i]);
    if (want == got) continue;
    if (check.mismatches++ == 0)
      check.first_mismatch = fmt::format("element {}: expected {}, got {}", i, print_code(Format::fp32, want),
                                         print_code(Format::fp32, got));
  }
  return check;
}

}  // namespace luqsim

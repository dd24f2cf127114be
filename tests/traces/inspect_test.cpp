#include "luqsim/traces/inspect.h"

#include <numeric>

#include <gtest/gtest.h>

#include "trace_files.h"

namespace luqsim {
namespace {

TEST(CodeStatistics, CountsEveryCodeAndNoPadding) {
  constexpr std::size_t shapes[][2] = {{0, 0}, {0, 5}, {1, 1}, {1, 2}, {3, 5}, {4, 6}, {100, 33}, {7, 1}, {64, 64}};
  for (const auto& [rows, cols] : shapes) {
    const CodeTensor codes = test::some_codes(Format::fp4_e3m0, rows, cols, 9);  // padding is random too
    std::array<std::uint64_t, 16> wanted{};
    for (std::size_t row = 0; row < rows; ++row)
      for (std::size_t col = 0; col < cols; ++col) ++wanted[codes.view().code(row, col)];
    const CodeStatistics statistics = code_statistics(codes.view());
    EXPECT_EQ(statistics.histogram, wanted) << rows << " x " << cols;
    EXPECT_EQ(statistics.count, rows * cols);
    EXPECT_EQ(statistics.count, std::accumulate(wanted.begin(), wanted.end(), std::uint64_t{0}));
  }
}

TEST(CodeStatistics, ZeroFraction) {
  CodeTensor codes = test::some_codes(Format::int4, 2, 3, 1);
  codes.bytes = {0x10, 0xF0, 0x00, 0x02};  // rows 0 1 0 and 0 0 2
  EXPECT_DOUBLE_EQ(code_statistics(codes.view()).zero_fraction(), 4.0 / 6);
  EXPECT_EQ(CodeStatistics{}.zero_fraction(), 0);
}

}  // namespace
}  // namespace luqsim

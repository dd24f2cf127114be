// Statistics of a matrix of patches that is much larger than the image that a trace stores.
#include <gtest/gtest.h>

#include "memory_limit.h"
#include "operand_statistics.h"

namespace luqsim {
namespace {

// One pixel, a kernel of 12000 x 12000, padding 6000: 4 rows of 144 million elements, each with the pixel once.
TEST(Patches, AreCountedInMuchLessMemoryThanARowTakes) {
  constexpr std::uint32_t side = 12000;
  Record record{.m = 3, .n = std::uint64_t{side} * side, .k = 4};
  record.a = {.rows = 3, .cols = 4};
  record.b = {.rows = 1, .cols = 1, .view = View::im2col};
  record.b.im2col = Im2col{.n = 1, .h = 1, .w = 1, .c = 1, .kernel_h = side, .kernel_w = side, .padding = side / 2};
  const std::vector<std::uint8_t> ones(6, 0x11), pixel{0x01};
  const std::vector<CodeView> a{{Format::int4, 3, 4, ones}}, b{{Format::int4, 1, 1, pixel}};
  const test::MemoryLimit limit(std::size_t{64} << 20);
  const OperandStatistics statistics = operand_statistics(record, a, b);
  EXPECT_EQ(statistics.active_macs, 3U * 4);
  EXPECT_EQ(statistics.a_zero_fraction, 0);
  EXPECT_EQ(statistics.b_zero_fraction, 1 - 1.0 / (double{side} * side));
}

}  // namespace
}  // namespace luqsim

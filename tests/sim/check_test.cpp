#include "check.h"

#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

namespace luqsim {
namespace {

TEST(ValueChecks, TheFirstMismatchIsTheOneWithTheSmallestIndex) {
  ValueCheck check("out");
  const std::vector<float> expected{1, 2, 3, 4}, got{1, 7, 3, 8};
  check.add(100, expected, got);
  check.add(20, expected, got);
  check.add(60, expected, got);
  EXPECT_EQ(check.result().mismatches, 6U);
  EXPECT_EQ(check.result().elements, 12U);
  EXPECT_EQ(check.result().first_mismatch.find("element 21: expected 0x40000000 (2), got 0x40e00000 (7)"), 0U)
      << check.result().first_mismatch;
}

TEST(ValueChecks, ErrorsAreDistancesBetweenBinary32Values) {
  const float one_up = std::nextafter(1.0F, 2.0F), tiny = std::numeric_limits<float>::denorm_min();
  const float infinity = std::numeric_limits<float>::infinity();
  ValueCheck check("out");
  check.add(0, std::vector<float>{1, 1, tiny, 8, 2, 0, 5},
            std::vector<float>{1, one_up, -tiny, 16, infinity, -0.0F, 5});
  const OutputErrors errors = check.errors();
  EXPECT_EQ(check.result().mismatches, 5U);
  EXPECT_EQ(errors.non_finite, 1U);
  EXPECT_EQ(errors.max_ulp, 1U << 23) << "from 8 to 16";
  std::vector<std::uint64_t> counts(24);
  counts[0] = counts[1] = counts[23] = 1;  // 1, 2 (past zero), 2^23
  EXPECT_EQ(errors.ulp_counts, counts);
  EXPECT_EQ(errors.mean_ulp, (1 + 2 + 8388608) / 7.0);
  const double step = static_cast<double>(one_up) - 1, small = 2.0 * static_cast<double>(tiny);
  EXPECT_DOUBLE_EQ(*errors.snr_db, 10 * std::log10((1 + 1 + 64 + 4 + 25) / (step * step + small * small + 64)));

  ValueCheck exact("out");
  exact.add(0, std::vector<float>{1, 2}, std::vector<float>{1, 2});
  EXPECT_EQ(exact.errors(), OutputErrors{});
}

}  // namespace
}  // namespace luqsim

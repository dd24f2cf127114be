#include "luqsim/numerics/lfsr.h"

#include <set>
#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

namespace {

TEST(Lfsr16, VisitsEveryStateButZero) {
  std::vector<bool> seen(65536, false);
  std::uint16_t state = 1;
  for (int i = 0; i < 65535; ++i) {
    ASSERT_FALSE(seen[state]) << i;
    seen[state] = true;
    state = luqsim::lfsr16_step(state);
  }
  EXPECT_EQ(state, 1);
  EXPECT_FALSE(seen[0]);
}

// The first states after 0xACE1 of this much-published register, by hand: feedback bit = bits 0 ^ 2 ^ 3 ^ 5.
TEST(Lfsr16, KnownStates) {
  EXPECT_EQ(luqsim::lfsr16_step(0xACE1), 0x5670);
  EXPECT_EQ(luqsim::lfsr16_step(0x5670), 0xAB38);
  EXPECT_EQ(luqsim::lfsr16_step(0x0001), 0x8000);
}

TEST(Lfsr16, ElementsTakeTheirLanesInTurnWhateverTheRuns) {
  luqsim::Lfsr16Lanes whole(3, 8), parts(3, 8);
  std::vector<std::uint16_t> expected(50), got(50);
  whole.fill(0, expected);
  for (std::size_t done = 0; done < 50; done += 10) parts.fill(done, std::span(got).subspan(done, 10));
  EXPECT_EQ(got, expected);
  std::uint16_t lane_1 = 1 + (40503 * 2) % 65535;
  for (int b = 0; b < 8; ++b) lane_1 = luqsim::lfsr16_step(lane_1);
  EXPECT_EQ(expected[1], lane_1);
  for (int b = 0; b < 8; ++b) lane_1 = luqsim::lfsr16_step(lane_1);
  EXPECT_EQ(expected[4], lane_1);
}

TEST(Lfsr16, FurtherLanesStartWhereTheyWouldAmongAll) {
  luqsim::Lfsr16Lanes all(5, 8), further(3, 8, 2);
  std::vector<std::uint16_t> of_all(10), of_further(6);
  all.fill(0, of_all);
  further.fill(0, of_further);
  const std::vector<std::uint16_t> expected{of_all[2], of_all[3], of_all[4], of_all[7], of_all[8], of_all[9]};
  EXPECT_EQ(of_further, expected);
}

TEST(Lfsr16, StartsOfLanesComeAgainAfter21845) {
  std::vector<std::uint16_t> numbers(21846);
  luqsim::Lfsr16Lanes(21846, 16).fill(0, numbers);
  EXPECT_EQ(numbers[21845], numbers[0]);
  EXPECT_EQ(std::set(numbers.begin(), numbers.end()).size(), 21845U);
}

TEST(Lfsr16, NoLanesOrBitsAreErrors) {
  EXPECT_THROW(luqsim::Lfsr16Lanes(0, 8), std::invalid_argument);
  EXPECT_THROW(luqsim::Lfsr16Lanes(1, 0), std::invalid_argument);
  EXPECT_THROW(luqsim::Lfsr16Lanes(1, 17), std::invalid_argument);
}

}  // namespace

#include "feed.h"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "array_harness.h"
#include "property.h"

namespace luqsim {
namespace {

using test::upto;

// A fold whose A rows hold `pattern`: '.' a zero, anything else a value. B is all ones.
struct Fold {
  ArrayConfig array;
  TileOp op;
  TileValues a, b;

  explicit Fold(const std::vector<std::string>& pattern, std::uint32_t lanes = 1, std::uint32_t group = 1) {
    array.lanes = lanes;
    array.skip_group = group;
    const std::size_t rows = pattern.size(), k = pattern[0].size();
    op.rows = op.a_tile = {0, rows};
    op.cols = op.b_tile = {0, 1};
    op.k = op.a_tile_k = op.b_tile_k = {0, k};
    a.stride = k;
    b = {std::vector<std::int8_t>(k, 1), 1, 0};
    for (const std::string& row : pattern)
      for (const char c : row) a.values.push_back(c == '.' ? 0 : 1);
  }
  SkipFeed feed(std::uint64_t queue, const SkipFetch& fetch) const {
    return skip_feed(SkipMap(array, op, a, b), queue, fetch);
  }
};

TEST(SkipFeed, WithoutZerosEveryStepTakesACycle) {
  const SkipFeed feed = Fold({"xxxxx", "xxxxx"}).feed(8, {4, 1});
  EXPECT_EQ(feed.cycles, 5U);
  EXPECT_EQ(feed.skipped, 0U);
  EXPECT_EQ(feed.idle_group_cycles, 0U);
}

TEST(SkipFeed, AGroupDoesItsOwnStepsOnly) {
  // Row 0 does steps 0 and 4, row 1 step 4; all five enter at once.
  const SkipFeed feed = Fold({"x...x", "....x"}).feed(8, {8, 1});
  EXPECT_EQ(feed.cycles, 2U);
  EXPECT_EQ(feed.skipped, 7U);
  EXPECT_EQ(feed.idle_group_cycles, 1U);
}

TEST(SkipFeed, FetchingLimitsHowFastZerosPass) {
  EXPECT_EQ(Fold({"........"}).feed(8, {1, 1}).cycles, 8U);
  EXPECT_EQ(Fold({"........"}).feed(8, {4, 1}).cycles, 2U);
  EXPECT_EQ(Fold({"........"}).feed(8, {1, 3}).cycles, 22U);  // at cycles 0, 3, ... 21
}

TEST(SkipFeed, TheQueueHoldsFastGroupsBack) {
  // Row 0 is dense; row 1 has all its work at the end and cannot run ahead of row 0 by more than the queue.
  const std::vector<std::string> rows{"xxxxxxxx", "......xx"};
  EXPECT_EQ(Fold(rows).feed(8, {8, 1}).cycles, 8U);
  EXPECT_EQ(Fold({"xxxx....", "....xxxx"}).feed(8, {8, 1}).cycles, 4U);
  EXPECT_EQ(Fold({"xxxx....", "....xxxx"}).feed(2, {8, 1}).cycles, 7U);
  EXPECT_EQ(Fold({"xxxx....", "....xxxx"}).feed(1, {8, 1}).cycles, 8U);
}

TEST(SkipFeed, ALaneOrAPartnerThatIsNotZeroKeepsTheStep) {
  EXPECT_EQ(Fold({".x..", "...."}, 2).feed(8, {8, 1}).skipped, 3U);
  EXPECT_EQ(Fold({"x...", "..x."}, 1, 2).feed(8, {8, 1}).skipped, 2U);
}

// The same rules, cycle by cycle.
SkipFeed by_cycles(const SkipMap& map, std::uint64_t queue, const SkipFetch& fetch) {
  std::vector<std::uint64_t> next(map.groups(), 0);
  std::uint64_t entered = 0;
  Cycles next_fetch = 0;
  SkipFeed feed;
  while (std::ranges::any_of(next, [&](std::uint64_t n) { return n < map.steps(); })) {
    const std::uint64_t limit = std::min<std::uint64_t>(map.steps(), *std::ranges::min_element(next) + queue);
    if (feed.cycles >= next_fetch && entered < limit) {
      entered = std::min(limit, entered + fetch.steps);
      next_fetch = feed.cycles + fetch.cycles;
    }
    for (std::size_t g = 0; g < map.groups(); ++g) {
      bool worked = false;
      for (; next[g] < entered; ++next[g]) {
        const bool zero = map.zero(g, next[g]);
        if (!zero && worked) break;
        feed.skipped += zero ? 1 : 0;
        worked = worked || !zero;
      }
      feed.idle_group_cycles += worked ? 0 : 1;
    }
    ++feed.cycles;
  }
  return feed;
}

TEST(SkipFeed, EqualsItsRulesCycleByCycle) {
  test::check_property(3000, [] {
    const std::uint32_t rows = upto(6, "rows"), k = upto(40, "k"), density = upto(10, "tenths that are not zero");
    std::mt19937 random(test::random_seed("seed of the pattern"));
    std::vector<std::string> pattern(rows, std::string(k, '.'));
    for (std::string& row : pattern)
      for (char& c : row) c = std::uniform_int_distribution(1U, 10U)(random) <= density ? 'x' : '.';
    const Fold fold(pattern, upto(3, "lanes"), upto(3, "rows in a group"));
    const SkipMap map(fold.array, fold.op, fold.a, fold.b);
    const SkipFetch fetch = test::either("several steps a cycle") ? SkipFetch{upto(5, "steps fetched in a cycle"), 1}
                                                                  : SkipFetch{1, upto(3, "cycles that a step takes")};
    const std::uint64_t queue = upto(12, "queue");
    const SkipFeed fast = skip_feed(map, queue, fetch), slow = by_cycles(map, queue, fetch);
    RC_ASSERT(fast.cycles == slow.cycles);
    RC_ASSERT(fast.skipped == slow.skipped);
    RC_ASSERT(fast.idle_group_cycles == slow.idle_group_cycles);
  });
}

TEST(Banks, WordsOfAnAccessSpreadOverTheBanks) {
  const BufferConfig buffer{.bytes = 1024, .double_buffered = false, .banks = 4, .bank_bytes = 8};
  EXPECT_EQ(buffer.access_cycles(0), 1U);
  EXPECT_EQ(buffer.access_cycles(32), 1U);
  EXPECT_EQ(buffer.access_cycles(33), 2U);
  EXPECT_EQ(buffer.access_cycles(64), 2U);
  EXPECT_EQ(buffer.access_cycles(65), 3U);
}

}  // namespace
}  // namespace luqsim

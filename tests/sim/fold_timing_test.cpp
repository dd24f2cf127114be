// Closed forms of the array between mocks that never stall it.
#include <algorithm>

#include <gtest/gtest.h>

#include "array_harness.h"
#include "property.h"

namespace luqsim {
namespace {

using test::one_of;
using test::run_array;
using test::upto;

std::uint64_t ceil_div(std::uint64_t a, std::uint64_t b) { return (a + b - 1) / b; }

// `f(count)` for the full and the edge parts of `extent` cut into `part`s, summed.
template <class F>
Cycles over_parts(std::uint64_t extent, std::uint64_t part, F f) {
  Cycles sum = 0;
  for (std::uint64_t first = 0; first < extent; first += part) sum += f(std::min(part, extent - first));
  return sum;
}

// Without overlap folds add up. os: r rows of M, c columns of N, K' steps. ws: r rows of K', c columns of N, M steps;
// is: c columns of M, N steps.
Cycles closed_form(const Architecture& architecture, const GemmShape& s) {
  const ArrayConfig& array = architecture.array;
  const std::uint64_t steps = ceil_div(s.k, array.lanes);
  if (array.dataflow == Dataflow::os)
    return over_parts(s.m, array.rows, [&](std::uint64_t r) {
      return over_parts(s.n, array.cols, [&](std::uint64_t c) { return 2 * r + c + steps - 2; });
    });
  const bool ws = array.dataflow == Dataflow::ws;
  return over_parts(ws ? s.n : s.m, array.cols, [&](std::uint64_t c) {
    return over_parts(steps, array.rows, [&](std::uint64_t r) { return 2 * r + c + (ws ? s.m : s.n) - 2; });
  });
}

TEST(FoldTiming, SingleFolds) {
  Architecture a = test::ideal_architecture();
  for (const std::uint64_t k : {1, 2, 7, 100})
    for (const bool overlap : {false, true}) {
      a.array.double_buffered_accumulators = overlap;
      EXPECT_EQ(run_array(a, {8, 8, k}).total, 2 * 8 + 8 + k - 2) << k;
      EXPECT_EQ(run_array(a, {3, 5, k}).total, 2 * 3 + 5 + k - 2) << "an edge fold costs its real rows and columns";
    }
  for (const bool overlap : {false, true}) {
    a.array.double_buffered_stationary = overlap;
    a.array.dataflow = Dataflow::ws;
    EXPECT_EQ(run_array(a, {100, 8, 8}).total, 2 * 8 + 8 + 100 - 2);
    EXPECT_EQ(run_array(a, {100, 5, 3}).total, 2 * 3 + 5 + 100 - 2);
    a.array.dataflow = Dataflow::is;
    EXPECT_EQ(run_array(a, {8, 100, 8}).total, 2 * 8 + 8 + 100 - 2);
    EXPECT_EQ(run_array(a, {5, 100, 3}).total, 2 * 3 + 5 + 100 - 2);
  }
}

TEST(FoldTiming, LanesDivideK) {
  Architecture a = test::ideal_architecture();
  a.array.lanes = 4;
  EXPECT_EQ(run_array(a, {8, 8, 9}).total, 2 * 8 + 8 + 3 - 2);
  a.array.dataflow = Dataflow::ws;
  EXPECT_EQ(run_array(a, {20, 8, 9}).total, 2 * 3 + 8 + 20 - 2);
}

// Arrays of up to side x side PEs, without overlap.
Architecture draw_architecture(std::uint32_t side, std::uint32_t lanes) {
  Architecture a = test::ideal_architecture();
  a.array.dataflow = one_of("dataflow", {Dataflow::os, Dataflow::ws, Dataflow::is});
  a.array.rows = upto(side, "rows");
  a.array.cols = upto(side, "cols");
  a.array.lanes = upto(lanes, "lanes");
  return a;
}

TEST(FoldTiming, WithoutOverlapFoldsAddUp) {
  test::check_property(3000, [] {
    const Architecture a = draw_architecture(64, 4);
    const GemmShape shape{upto(150, "m"), upto(150, "n"), upto(150, "k")};
    const test::Timing timing = run_array(a, shape);
    RC_ASSERT(timing.total == closed_form(a, shape));
    RC_ASSERT(timing.spent(Activity::busy) == timing.counts.steps);
  });
}

// The same between the PEs themselves, on fewer and smaller arrays.
TEST(FoldTiming, PesTakeTheClosedFormToo) {
  test::check_property(180, [] {
    const Architecture a = draw_architecture(6, 3);
    const GemmShape shape{upto(15, "m"), upto(15, "n"), upto(15, "k")};
    RC_ASSERT(run_array(a, shape, Fidelity::pe).total == closed_form(a, shape));
  });
}

// Full folds only. os: a feed may end only when the previous fold has drained. ws, is: the next preload runs while a
// fold streams.
TEST(FoldTiming, OverlapHidesDrainAndPreloadBehindTheNextFold) {
  test::check_property(1050, [] {
    Architecture a = draw_architecture(16, 1);
    a.array.double_buffered_accumulators = a.array.double_buffered_stationary = true;
    const std::uint64_t r = a.array.rows, c = a.array.cols, steps = upto(80, "steps");
    const std::uint64_t row_folds = upto(4, "row folds"), col_folds = upto(4, "column folds");
    const std::uint64_t folds = row_folds * col_folds;
    if (a.array.dataflow == Dataflow::os) {
      const Cycles expected = steps + (folds - 1) * std::max(steps, 2 * r + c - 2) + 2 * r + c - 2;
      RC_ASSERT(run_array(a, {r * row_folds, c * col_folds, steps}).total == expected);
    } else {
      const bool ws = a.array.dataflow == Dataflow::ws;
      const GemmShape shape{ws ? steps : c * col_folds, ws ? c * col_folds : steps, r * row_folds};
      RC_ASSERT(run_array(a, shape).total == r + (folds - 1) * std::max(steps, r) + steps + r + c - 2);
    }
  });
}

TEST(FoldTiming, BankConflictsStretchSteps) {
  Architecture a = test::ideal_architecture();
  a.a = {1U << 20, true, 1, 2};  // 8 rows of one lane are 4 bytes: two words in one bank
  test::Timing timing = run_array(a, {8, 8, 10});
  EXPECT_EQ(timing.total, 2 * 10 + 8 + 8 - 2 + 8);
  EXPECT_EQ(timing.spent(Activity::busy), 10U);
  EXPECT_EQ(timing.spent(Activity::bank_conflict), 10U);
  a.out = {1U << 20, true, 2, 8};  // a row of 8 sums is 32 bytes: four words in two banks
  EXPECT_EQ(run_array(a, {8, 8, 10}).total, 2 * 10 + 8 + 8 - 2 + 2 * 8);
  a.array.dataflow = Dataflow::ws;
  timing = run_array(a, {20, 8, 8});
  EXPECT_EQ(timing.total, 8 + 2 * 20 + 8 + 8 - 2) << "codes and sums of a step move at the same time";
  EXPECT_EQ(timing.spent(Activity::bank_conflict), 20U);
}

}  // namespace
}  // namespace luqsim

// Closed forms of the output-stationary array, between mocks that never stall it.
#include <random>

#include <gtest/gtest.h>

#include "bench.h"
#include "drain.h"
#include "mac_array.h"

namespace luqsim {
namespace {

struct Timing {
  Cycles total = 0;
  ActivityCycles array{};
};

// The array and its drain between mocks: operand tiles are there at once, output tiles vanish at once.
Timing run(const Architecture& architecture, const GemmShape& shape) {
  fresh_context();
  const Schedule schedule(architecture, shape);
  const std::uint64_t folds = schedule.a().panels() * schedule.b().panels();
  Slots<OperandTile> a(2), b(2);
  Slots<FoldTile> fold_slots(1);
  Slots<OutTile> out(2);
  const auto on_error = [] { std::terminate(); };
  MacArray array("array", on_error, architecture.array, a, b, fold_slots);
  Drain drain("drain", on_error, fold_slots, out);
  const auto feed = [&schedule](Slots<OperandTile>& slots, bool TileOp::*load) {
    return [&schedule, &slots, load](Unit& self) {
      Schedule::Walk walk(schedule);
      for (TileOp op; walk.next(op);) {
        if (!(op.*load)) continue;
        slots.claim(self, Activity::none);
        slots.push();
      }
    };
  };
  test::Script a_mock("a_mock", feed(a, &TileOp::load_a)), b_mock("b_mock", feed(b, &TileOp::load_b));
  test::Script sink("sink", [&](Unit& self) {
    for (std::uint64_t i = 0; i < folds; ++i) {
      out.receive(self, Activity::none);
      out.pop();
    }
  });
  Cycles end = 0;
  test::Script controller("controller", [&](Unit& self) {
    const auto job = std::make_shared<const GemmJob>(
        GemmJob{schedule, Format::int4, Format::int4, false, 1, nullptr, nullptr, folds});
    for (auto* jobs : {&array.jobs, &drain.jobs}) {
      jobs->claim(self, Activity::none) = job;
      jobs->push();
    }
    array.jobs.wait_empty(self, Activity::none);
    end = current_cycle();
    sc_core::sc_stop();
  });
  sc_core::sc_start();
  return {end, array.account()};
}

Cycles feed(std::uint64_t k, std::uint64_t lanes) { return (k + lanes - 1) / lanes; }

TEST(FoldTiming, SingleFoldTakes2RPlusCPlusKMinus2) {
  Architecture a = test::ideal_architecture();
  for (const bool overlap : {false, true})
    for (const std::uint64_t k : {1, 2, 7, 100}) {
      a.array.double_buffered_accumulators = overlap;
      EXPECT_EQ(run(a, {8, 8, k}).total, 2 * 8 + 8 + k - 2) << k;
      EXPECT_EQ(run(a, {3, 5, k}).total, 2 * 3 + 5 + k - 2) << "an edge fold costs its real rows and columns";
    }
}

TEST(FoldTiming, LanesDivideTheFeed) {
  Architecture a = test::ideal_architecture();
  a.array.lanes = 4;
  EXPECT_EQ(run(a, {8, 8, 9}).total, 2 * 8 + 8 + 3 - 2);
}

TEST(FoldTiming, WithoutOverlapFoldsAddUp) {
  std::mt19937 random(11);
  const auto upto = [&](std::uint32_t n) { return std::uniform_int_distribution<std::uint32_t>(1, n)(random); };
  for (int trial = 0; trial < 200; ++trial) {
    Architecture a = test::ideal_architecture();
    a.array.rows = upto(64);
    a.array.cols = upto(64);
    a.array.lanes = upto(4);
    const GemmShape shape{upto(150), upto(150), upto(70)};
    Cycles expected = 0;
    for (std::uint64_t m = 0; m < shape.m; m += a.array.rows)
      for (std::uint64_t n = 0; n < shape.n; n += a.array.cols) {
        const std::uint64_t r = std::min<std::uint64_t>(a.array.rows, shape.m - m),
                            c = std::min<std::uint64_t>(a.array.cols, shape.n - n);
        expected += 2 * r + c + feed(shape.k, a.array.lanes) - 2;
      }
    const Timing timing = run(a, shape);
    ASSERT_EQ(timing.total, expected) << "trial " << trial;
    const Cycles folds = ((shape.m + a.array.rows - 1) / a.array.rows) * ((shape.n + a.array.cols - 1) / a.array.cols);
    ASSERT_EQ(timing.array[static_cast<std::size_t>(Activity::busy)], folds * feed(shape.k, a.array.lanes));
  }
}

// With overlap a fold may end its feed only when the previous fold has drained: fold f's feed ends at
// max(previous feed end + K', previous feed end + r + c - 2 + r).
TEST(FoldTiming, OverlapHidesSkewAndDrainBehindTheNextFeed) {
  std::mt19937 random(12);
  const auto upto = [&](std::uint32_t n) { return std::uniform_int_distribution<std::uint32_t>(1, n)(random); };
  for (int trial = 0; trial < 200; ++trial) {
    Architecture a = test::ideal_architecture();
    a.array.double_buffered_accumulators = true;
    a.array.rows = upto(16);
    a.array.cols = upto(16);
    const GemmShape shape{a.array.rows * std::uint64_t{upto(4)}, a.array.cols * std::uint64_t{upto(4)}, upto(80)};
    const Cycles folds = shape.m / a.array.rows * (shape.n / a.array.cols);
    const Cycles tail = 2 * a.array.rows + a.array.cols - 2;
    const Cycles expected = shape.k + (folds - 1) * std::max<Cycles>(shape.k, tail) + tail;
    ASSERT_EQ(run(a, shape).total, expected) << "trial " << trial;
  }
}

}  // namespace
}  // namespace luqsim

// Rows of sums that take several cycles each on their way out of the output-stationary PEs.
#include <gtest/gtest.h>

#include "array_harness.h"

namespace luqsim {
namespace {

using test::Script;

TEST(PeOsDrain, ARowLeavesInTheLastCycleOfItsTurn) {
  for (const Cycles row_cycles : {1, 2, 3, 5}) {
    fresh_context();
    Architecture architecture = test::ideal_architecture();
    architecture.array.rows = architecture.array.cols = 4;
    const Schedule schedule(architecture, {4, 4, 6});
    Slots<OperandTile> a(2), b(2);
    Slots<FoldTile> folds(1);
    Slots<OutTile> out(1);
    Slots<StationaryFold> stationary(1);
    const auto array =
        make_mac_array(Fidelity::pe, test::terminate_on_error(), architecture, {a, b, folds, out, stationary});
    const auto* shift = dynamic_cast<const sc_core::sc_signal<bool>*>(sc_core::sc_find_object("array.shift"));
    ASSERT_NE(shift, nullptr);

    ArrayCounts counts;
    std::vector<Cycles> shifts;  // cycles of the drain in which rows move
    Script loads("loads", [&](Unit& self) {
      for (auto* slots : {&a, &b}) {
        slots->claim(self, Activity::none);
        slots->push();
      }
      array->jobs.claim(self, Activity::none) =
          std::make_shared<const GemmJob>(GemmJob{schedule, Format::int4, Format::int4, false, 1, {}, &counts});
      array->jobs.push();
    });
    Script drain("drain", [&](Unit& self) {
      array->begin_drain(folds.receive(self, Activity::none), row_cycles);
      for (Cycles cycle = 0; cycle < 4 * row_cycles; ++cycle) {
        self.spend(1);  // the signal stands from the middle of a cycle to that of the next one
        if (shift->read()) shifts.push_back(cycle);
      }
      folds.pop();
      end_simulation();
    });
    run_to_the_end();
    EXPECT_EQ(shifts,
              (std::vector<Cycles>{row_cycles - 1, 2 * row_cycles - 1, 3 * row_cycles - 1, 4 * row_cycles - 1}));
  }
}

}  // namespace
}  // namespace luqsim

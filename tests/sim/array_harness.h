// The array with its drain or preload between mocks that never stall it: operand tiles are there at once, finished
// tiles vanish at once.
#pragma once
#include "bench.h"
#include "drain.h"
#include "mac_array.h"
#include "preload.h"

namespace luqsim::test {

struct Timing {
  Cycles total = 0;
  ActivityCycles array{};
  ArrayCounts counts;

  Cycles spent(Activity activity) const { return array[static_cast<std::size_t>(activity)]; }
};

// Timing only: no values.
inline Timing run_array(const Architecture& architecture, const GemmShape& shape, Fidelity fidelity = Fidelity::wave) {
  fresh_context();
  const bool os = keeps_outputs(architecture.array.dataflow);
  const Schedule schedule(architecture, shape);
  Slots<OperandTile> a(2), b(2);
  Slots<FoldTile> folds(1);
  Slots<OutTile> out(64);  // sums on their way out hold a slot each
  Slots<StationaryFold> stationary(1);
  const auto array = make_mac_array(fidelity, terminate_on_error(), architecture, {a, b, folds, out, stationary});
  Drain drain("drain", terminate_on_error(), architecture, folds, out, *array);
  Preload preload("preload", terminate_on_error(), architecture, architecture.array.dataflow == Dataflow::ws ? b : a,
                  stationary, *array);
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
  Script a_mock("a_mock", feed(a, &TileOp::load_a)), b_mock("b_mock", feed(b, &TileOp::load_b));
  Script sink("sink", [&](Unit& self) {
    for (std::uint64_t i = 0; i < schedule.out_tiles(); ++i) {
      out.receive(self, Activity::none);
      out.pop();
    }
  });
  Timing timing;
  Script controller("controller", [&](Unit& self) {
    const auto job =
        std::make_shared<const GemmJob>(GemmJob{schedule, Format::int4, Format::int4, false, 1, {}, &timing.counts});
    for (auto* jobs : {&array->jobs, os ? &drain.jobs : &preload.jobs}) {
      jobs->claim(self, Activity::none) = job;
      jobs->push();
    }
    array->jobs.wait_empty(self, Activity::none);
    timing.total = current_cycle();
    end_simulation();
  });
  run_to_the_end();
  timing.array = array->account();
  return timing;
}

}  // namespace luqsim::test

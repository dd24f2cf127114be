#include "wave_stationary_array.h"

#include <algorithm>

#include "feed.h"
#include "fold_sums.h"

namespace luqsim {

const StationaryFold& receive_stationary(Unit& array, Slots<StationaryFold>& slots) {
  array.enter(Activity::fill);
  const Cycles began_to_wait = current_cycle();
  const StationaryFold& fold = slots.receive(array, Activity::fill);
  if (fold.preload_begin > began_to_wait) array.attribute(fold.preload_begin - began_to_wait, Activity::dram_read);
  return fold;
}

void WaveStationaryArray::run_gemm(const std::shared_ptr<const GemmJob>& job) {
  const auto sums = make_fold_sums(architecture().array, *job);
  const bool ws = architecture().array.dataflow == Dataflow::ws;
  const bool overlap = architecture().array.double_buffered_stationary;
  Slots<OperandTile>& moving_slots = ws ? ports().a : ports().b;
  Schedule::Walk walk(job->schedule);
  StationaryShape shape{}, previous{};
  Cycles previous_begin = 0, sums_gone = 0;  // a fold of fewer columns may be gone before the one it follows
  bool any = false;
  for (TileOp op; walk.next(op);) {
    shape = stationary_shape(architecture(), op);
    if (op.first) ports().out.claim(*this, Activity::buffer_full);
    const OperandTile& moving = moving_slots.receive(*this, Activity::dram_read);
    const StationaryFold& stationary = receive_stationary(*this, ports().stationary);
    if (any) {
      const Cycles earliest = earliest_stream(previous, previous_begin, !op.first, shape), now = current_cycle();
      if (earliest > now) spend(earliest - now, Activity::drain);
    }
    any = true;
    previous = shape;
    previous_begin = current_cycle();
    if (sums) sums->add(op, ws ? *moving.operand : *stationary.operand, ws ? *stationary.operand : *moving.operand);
    job->counts->steps += shape.stream;
    count_scratchpads(architecture().array.dataflow, op, *job->counts);
    // The first step takes the stationary values over; from then on the next ones may follow.
    spend(shape.step - 1, Activity::bank_conflict);
    if (overlap) ports().stationary.pop();
    spend(shape.stream);
    spend((shape.stream - 1) * (shape.step - 1), Activity::bank_conflict);
    if (ws ? op.release_a : op.release_b) moving_slots.pop();
    sums_gone = std::max(sums_gone, current_cycle() + shape.skew());
    if (!overlap) {
      spend(shape.skew(), Activity::fill);
      ports().stationary.pop();
    }
    if (op.last) {
      ports().out.claim(*this, Activity::buffer_full) =
          make_out_tile(job, op.rows, op.cols, sums ? sums->take(op) : std::vector<float>{});
      ports().out.push(overlap ? shape.skew() : 0);
    }
  }
  if (sums_gone > current_cycle()) spend(sums_gone - current_cycle(), Activity::fill);
  if (sums) job->counts->overflows += sums->overflows();
}

}  // namespace luqsim

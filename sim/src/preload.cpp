#include "preload.h"

#include "feed.h"

namespace luqsim {

void Preload::run() {
  while (true) {
    const auto job = jobs.receive(*this, Activity::none);
    Schedule::Walk walk(job->schedule);
    for (TileOp op; walk.next(op);) preload(op);
    enter(Activity::none);
    jobs.pop();
  }
}

void Preload::preload(const TileOp& op) {
  StationaryFold& registers = stationary_.claim(*this, Activity::buffer_full);
  const OperandTile& tile = tiles_.receive(*this, Activity::dram_read);
  const StationaryShape shape = stationary_shape(architecture_, op);
  registers = {tile.operand, current_cycle()};
  array_.begin_preload(op, tile.operand.get(), shape.preload_row);
  spend(shape.rows);
  spend(shape.rows * (shape.preload_row - 1), Activity::bank_conflict);
  if (architecture_.array.dataflow == Dataflow::ws ? op.release_b : op.release_a) tiles_.pop();
  stationary_.push();
}

}  // namespace luqsim

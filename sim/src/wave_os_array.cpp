#include "wave_os_array.h"

#include <algorithm>

#include "feed.h"
#include "fold_sums.h"

namespace luqsim {

Cycles os_skew(const ArrayConfig& array, const TileOp& op) {
  std::uint64_t rows = op.rows.count, cols = op.cols.count;
  if (array.zero_skip == ZeroSkip::skip)
    (array.skip_side == SkipSide::rows ? rows : cols) =
        std::min<std::uint64_t>(array.skip_group, array.skip_side == SkipSide::rows ? rows : cols);
  return rows + cols - 2;
}

void WaveOsArray::run_gemm(const std::shared_ptr<const GemmJob>& job) {
  const auto sums = make_fold_sums(architecture().array, *job);
  const bool overlap = architecture().array.double_buffered_accumulators;
  Schedule::Walk walk(job->schedule);
  Cycles skew = 0;
  for (TileOp op; walk.next(op);) {
    feed(*job, op, sums.get());
    if (op.last) end_fold(op, sums.get());
    skew = os_skew(architecture().array, op);
  }
  if (overlap) spend(skew, Activity::fill);
  ports().folds.wait_empty(*this, Activity::drain);
  if (sums) job->counts->overflows += sums->overflows();
}

void WaveOsArray::feed(const GemmJob& job, const TileOp& op, FoldSums* sums) {
  const ArrayConfig& array = architecture().array;
  const OperandTile& a = ports().a.receive(*this, Activity::dram_read);
  const OperandTile& b = ports().b.receive(*this, Activity::dram_read);
  const std::uint64_t steps = op.steps(array.lanes);
  count_scratchpads(array.dataflow, op, *job.counts);
  if (sums != nullptr) sums->add(op, *a.operand, *b.operand);
  if (sums != nullptr && array.zero_skip == ZeroSkip::skip) {
    const SkipMap map(array, op, *a.operand, *b.operand);
    const SkipFeed skipped = skip_feed(map, array.skip_queue, skip_fetch(architecture(), op));
    job.counts->steps += map.groups() * steps;
    job.counts->skipped_steps += skipped.skipped;
    job.counts->idle_group_cycles += skipped.idle_group_cycles;
    spend(skipped.cycles);
  } else {
    job.counts->steps += steps;
    spend(steps);
    spend(steps * (os_step_cycles(architecture(), op) - 1), Activity::bank_conflict);
  }
  // The last step moves sums to the drain registers, so it and its tiles wait until the fold before has left them.
  if (op.last && array.double_buffered_accumulators) ports().folds.claim(*this, Activity::drain);
  if (op.release_a) ports().a.pop();
  if (op.release_b) ports().b.pop();
}

void WaveOsArray::end_fold(const TileOp& op, FoldSums* sums) {
  const bool overlap = architecture().array.double_buffered_accumulators;
  const Cycles skew = os_skew(architecture().array, op);
  if (!overlap) spend(skew, Activity::fill);
  FoldTile& fold = ports().folds.claim(*this, Activity::drain);
  fold = {op.rows, op.cols, sums != nullptr ? sums->take(op) : std::vector<float>{}};
  ports().folds.push(overlap ? skew : 0);
  if (!overlap) ports().folds.wait_empty(*this, Activity::drain);
}

}  // namespace luqsim

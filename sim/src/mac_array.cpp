#include "mac_array.h"

#include "datapath.h"

namespace luqsim {

void MacArray::set_idle_activity(Activity activity) {
  idle_activity_ = activity;
  if (idle_) enter(activity);
}

void MacArray::run() {
  while (true) {
    idle_ = true;
    const auto job = jobs.receive(*this, idle_activity_);
    idle_ = false;
    run_gemm(*job);
    enter(Activity::none);
    jobs.pop();
  }
}

void MacArray::run_gemm(const GemmJob& job) {
  std::unique_ptr<Datapath> datapath;
  const GemmShape& shape = job.schedule.shape();
  if (job.numeric) datapath = make_datapath(config_, job.a_format, job.b_format, shape.k * shape.samples());
  Schedule::Walk walk(job.schedule);
  Cycles skew = 0;
  for (TileOp op; walk.next(op);) {
    feed(job, op, datapath.get());
    if (op.last) end_fold(op, datapath.get());
    skew = op.rows.count + op.cols.count - 2;
  }
  if (config_.double_buffered_accumulators) spend(skew, Activity::fill);
  folds_.wait_empty(*this, Activity::drain);
  if (datapath != nullptr && job.overflows != nullptr) *job.overflows += datapath->overflows();
}

void MacArray::feed(const GemmJob& job, const TileOp& op, Datapath* datapath) {
  const OperandTile& a = a_.receive(*this, Activity::dram_read);
  const OperandTile& b = b_.receive(*this, Activity::dram_read);
  if (datapath != nullptr) {
    if (op.first) datapath->begin(op.rows.count, op.cols.count);
    // A resident tile holds all k, a streaming one the chunk alone.
    const std::uint64_t a_k = job.schedule.a().resident ? op.k.first : 0,
                        b_k = job.schedule.b().resident ? op.k.first : 0;
    const std::int8_t* a_data =
        &a.values[op.sample * a.sample_values + (op.rows.first - op.a_tile.first) * a.stride + a_k];
    const std::int8_t* b_data =
        &b.values[op.sample * b.sample_values + b_k * b.stride + (op.cols.first - op.b_tile.first)];
    datapath->accumulate({a_data, op.rows.count, op.k.count, a.stride}, {b_data, op.k.count, op.cols.count, b.stride});
  }
  spend((op.k.count + config_.lanes - 1) / config_.lanes);
  if (op.release_a) a_.pop();
  if (op.release_b) b_.pop();
}

void MacArray::end_fold(const TileOp& op, Datapath* datapath) {
  const Cycles skew = op.rows.count + op.cols.count - 2;
  if (!config_.double_buffered_accumulators) spend(skew, Activity::fill);
  FoldTile& fold = folds_.claim(*this, Activity::drain);
  fold.rows = op.rows;
  fold.cols = op.cols;
  fold.sums.resize(datapath != nullptr ? op.rows.count * op.cols.count : 0);
  if (datapath != nullptr) datapath->finish(fold.sums);
  folds_.push(config_.double_buffered_accumulators ? skew : 0);
  if (!config_.double_buffered_accumulators) folds_.wait_empty(*this, Activity::drain);
}

}  // namespace luqsim

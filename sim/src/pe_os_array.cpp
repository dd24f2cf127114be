#include "pe_os_array.h"

#include <algorithm>

#include <fmt/format.h>

#include "feed.h"
#include "wave_os_array.h"

namespace luqsim {

OsPe::OsPe(const sc_core::sc_module_name& name, const PeArithmetic& arithmetic)
    : sc_core::sc_module(name), arithmetic_(arithmetic) {
  SC_HAS_PROCESS(OsPe);
  SC_METHOD(edge);
  sensitive << clock.pos();
  dont_initialize();
}

void OsPe::edge() {
  const OperandWord &a = a_in.read(), &b = b_in.read();
  a_out.write(a);
  b_out.write(b);
  if (shift.read()) drain_out.write(drain_in.read());
  if (!a.valid || !b.valid) return;
  if (a.first) sum_ = {};
  std::int32_t term = 0;
  if (arithmetic_.products)
    for (std::size_t l = 0; l < arithmetic_.lanes; ++l) term += (*arithmetic_.products)(a.values[l], b.values[l]);
  accumulate(arithmetic_.accumulator, {&term, 1}, sum_);
  if (a.last) drain_out.write({.valid = true, .state = sum_});
}

PeOsArray::PeOsArray(const sc_core::sc_module_name& name, const UnitContext& context, const Architecture& architecture,
                     const ArrayPorts& ports)
    : PeArray(name, context, architecture, ports),
      rows_(architecture.array.rows),
      cols_(architecture.array.cols),
      group_rows_(rows_),
      group_cols_(cols_) {
  const ArrayConfig& array = architecture.array;
  if (array.zero_skip == ZeroSkip::skip)
    (array.skip_side == SkipSide::rows ? group_rows_ : group_cols_) =
        std::min<std::size_t>(array.skip_group, array.skip_side == SkipSide::rows ? rows_ : cols_);
  build();
}

void PeOsArray::build() {
  const std::size_t row_groups = (rows_ + group_rows_ - 1) / group_rows_,
                    col_groups = (cols_ + group_cols_ - 1) / group_cols_;
  const auto wire = [this] { return wires_.emplace_back(std::make_unique<Signal>()).get(); };
  // An entrance, delayed by `depth` cycles.
  const auto skewed = [&](EdgeSignal<OperandWord>& edge, std::size_t depth,
                          const std::string& name) -> sc_core::sc_signal_in_if<OperandWord>& {
    if (depth == 0) return edge;
    auto line = std::make_unique<SkewLine<OperandWord>>(name.c_str(), depth);
    Signal* out = wire();
    line->clock(clock_);
    line->in(edge);
    line->out(*out);
    modules_.push_back(std::move(line));
    return *out;
  };
  for (std::size_t i = 0; i < rows_ * col_groups; ++i) a_edge_.push_back(std::make_unique<EdgeSignal<OperandWord>>());
  for (std::size_t i = 0; i < cols_ * row_groups; ++i) b_edge_.push_back(std::make_unique<EdgeSignal<OperandWord>>());

  std::vector<Signal*> b_above(cols_);
  std::vector<sc_core::sc_signal<SumWord>*> drain_above(cols_);
  for (auto& above : drain_above)
    above = drain_wires_.emplace_back(std::make_unique<sc_core::sc_signal<SumWord>>()).get();
  for (std::size_t i = 0; i < rows_; ++i) {
    Signal* a_left = nullptr;
    for (std::size_t j = 0; j < cols_; ++j) {
      auto pe = std::make_unique<OsPe>(fmt::format("pe_{}_{}", i, j).c_str(), arithmetic_);
      pe->clock(clock_);
      pe->shift(shift_);
      if (j % group_cols_ == 0) {
        pe->a_in(skewed(*a_edge_[j / group_cols_ * rows_ + i], i % group_rows_, fmt::format("skew_a_{}_{}", i, j)));
      } else {
        pe->a_in(*a_left);
      }
      if (i % group_rows_ == 0) {
        pe->b_in(skewed(*b_edge_[i / group_rows_ * cols_ + j], j % group_cols_, fmt::format("skew_b_{}_{}", i, j)));
      } else {
        pe->b_in(*b_above[j]);
      }
      a_left = wire();
      b_above[j] = wire();
      pe->a_out(*a_left);
      pe->b_out(*b_above[j]);
      pe->drain_in(*drain_above[j]);
      drain_above[j] = drain_wires_.emplace_back(std::make_unique<sc_core::sc_signal<SumWord>>()).get();
      pe->drain_out(*drain_above[j]);
      drain_out_.push_back(drain_above[j]);
      if (context().waveforms != nullptr) {
        const std::string prefix = fmt::format("array.pe_{}_{}", i, j);
        sc_trace(context().waveforms, a_left->read(), prefix + ".a");
        sc_trace(context().waveforms, b_above[j]->read(), prefix + ".b");
        sc_trace(context().waveforms, drain_above[j]->read(), prefix + ".drain");
      }
      modules_.push_back(std::move(pe));
    }
  }
}

void PeOsArray::clear_entrances() {
  for (const auto& edge : a_edge_) edge->write({});
  for (const auto& edge : b_edge_) edge->write({});
}

void PeOsArray::begin_drain(FoldTile& fold, Cycles row_cycles) {
  draining_ = {&fold, current_cycle(), row_cycles, 0};
  if (arithmetic_.products) fold.sums.resize(fold.rows.count * fold.cols.count);
  drain_begun_ = true;
  drain_end_ = current_cycle() + fold.rows.count * row_cycles;
  drain_begins_.notify(sc_core::SC_ZERO_TIME);
}

// In the last cycle of a row's turn: takes the row at the tap, the fold's last, and lets the others move down.
void PeOsArray::shift_out() {
  FoldTile* fold = draining_.fold;
  const bool now = fold != nullptr && (current_cycle() - draining_.begin + 1) % draining_.row_cycles == 0;
  shift_.write(now);
  if (!now) return;
  const std::size_t tap = fold->rows.count - 1, row = tap - draining_.row;
  for (std::size_t j = 0; j < fold->cols.count && arithmetic_.products; ++j) {
    const AccumulatorState& state = drain_out_[tap * cols_ + j]->read().state;
    fold->sums[row * fold->cols.count + j] = accumulated(arithmetic_.accumulator, state);
    counts_->overflows += state.overflows;
  }
  if (++draining_.row == fold->rows.count) {
    draining_.fold = nullptr;
    fold_pending_ = false;
  }
}

void PeOsArray::run_clocked(const std::shared_ptr<const GemmJob>& job) {
  const bool overlap = architecture().array.double_buffered_accumulators;
  Schedule::Walk walk(job->schedule);
  Cycles skew = 0;
  for (TileOp op; walk.next(op);) {
    feed(*job, op);
    skew = os_skew(architecture().array, op);
    if (!op.last) continue;
    if (!overlap) spend(skew, Activity::fill);
    ports().folds.claim(*this, Activity::drain) = {op.rows, op.cols, {}};
    ports().folds.push(overlap ? skew : 0);
    fold_pending_ = true;
    drain_begun_ = false;
    if (!overlap) ports().folds.wait_empty(*this, Activity::drain);
  }
  if (overlap) spend(skew, Activity::fill);
  ports().folds.wait_empty(*this, Activity::drain);
}

// A fold's last step overwrites the drain registers at its clock edge, from PE (0, 0) on: the fold before must leave
// them by then.
void PeOsArray::wait_for_drain_registers() {
  if (!fold_pending_) return;
  while (!drain_begun_) wait(drain_begins_);
  if (drain_end_ > current_cycle() + 1) wait(cycles_to_time(drain_end_ - 1 - current_cycle()));
}

void PeOsArray::feed(const GemmJob& job, const TileOp& op) {
  const OperandTile& a = ports().a.receive(*this, Activity::dram_read);
  const OperandTile& b = ports().b.receive(*this, Activity::dram_read);
  const std::uint64_t steps = op.steps(architecture().array.lanes);
  count_scratchpads(architecture().array.dataflow, op, *job.counts);
  enter(Activity::drain);  // what is left when the steps are counted
  if (job.numeric && architecture().array.zero_skip == ZeroSkip::skip) {
    feed_skipping(job, op, *a.operand, *b.operand);
  } else {
    job.counts->steps += steps;
    feed_dense(op, a.operand.get(), b.operand.get(), steps);
  }
  if (op.release_a) ports().a.pop();
  if (op.release_b) ports().b.pop();
}

void PeOsArray::feed_dense(const TileOp& op, const TileValues* a, const TileValues* b, std::uint64_t steps) {
  const Cycles step_cycles = os_step_cycles(architecture(), op);
  const bool wait_before_last = op.last && architecture().array.double_buffered_accumulators;
  for (std::uint64_t k = 0; k < steps; ++k) {
    wait(cycles_to_time(step_cycles - 1));
    if (k + 1 == steps && wait_before_last) wait_for_drain_registers();
    drive(op, 0, a, b, k, op.first && k == 0, op.last && k + 1 == steps);
    wait(cycles_to_time(1));
  }
  attribute(steps, Activity::busy);
  attribute(steps * (step_cycles - 1), Activity::bank_conflict);
}

// Cycle by cycle: steps enter the window, then every group does its first that is not zero.
void PeOsArray::feed_skipping(const GemmJob& job, const TileOp& op, const TileValues& a, const TileValues& b) {
  const ArrayConfig& array = architecture().array;
  const SkipMap map(array, op, a, b);
  const SkipFetch fetch = skip_fetch(architecture(), op);
  const std::size_t steps = map.steps(), groups = map.groups();
  std::vector<std::size_t> done(groups, 0);  // steps that a group is done with
  if (op.first) started_.assign(groups, false);
  std::size_t entered = 0;
  Cycles cycle = 0, next_fetch = 0;
  for (bool finished = false; !finished; ++cycle) {
    const std::size_t slowest = *std::ranges::min_element(done);
    if (cycle >= next_fetch) {
      std::size_t fetched = 0;
      for (; entered < steps && fetched < fetch.steps && entered < slowest + array.skip_queue; ++fetched) ++entered;
      if (fetched > 0) next_fetch = cycle + fetch.cycles;
    }
    std::vector<std::size_t> chosen(groups, steps);
    const auto pass_zeros = [&](std::size_t g) {
      while (done[g] < entered && map.zero(g, done[g])) {
        ++done[g];
        ++job.counts->skipped_steps;
      }
    };
    for (std::size_t g = 0; g < groups; ++g) {
      pass_zeros(g);
      if (done[g] < entered) chosen[g] = done[g]++;
      pass_zeros(g);
      if (chosen[g] == steps) ++job.counts->idle_group_cycles;
    }
    finished = std::ranges::all_of(done, [&](std::size_t d) { return d == steps; });
    const bool last = finished && op.last;
    if (last && array.double_buffered_accumulators) wait_for_drain_registers();
    for (std::size_t g = 0; g < groups; ++g) {
      if (chosen[g] == steps && !last) continue;
      drive(op, g, &a, &b, chosen[g], !started_[g], last);
      started_[g] = true;
    }
    wait(cycles_to_time(1));
  }
  job.counts->steps += groups * steps;
  attribute(cycle, Activity::busy);
}

// One step at the entrances of one group; a step past the end is a word of zeros that only carries `first` and `last`.
void PeOsArray::drive(const TileOp& op, std::size_t group, const TileValues* a, const TileValues* b, std::uint64_t step,
                      bool first, bool last) {
  const std::size_t lanes = arithmetic_.lanes, k_first = step * lanes;
  const std::size_t k_count = k_first < op.k.count ? std::min<std::size_t>(lanes, op.k.count - k_first) : 0;
  const bool by_rows = group_cols_ == cols_;
  const std::size_t row_begin = by_rows ? group * group_rows_ : 0, col_begin = by_rows ? 0 : group * group_cols_;
  const std::size_t row_end = std::min<std::size_t>(op.rows.count, row_begin + group_rows_),
                    col_end = std::min<std::size_t>(op.cols.count, col_begin + group_cols_);
  for (std::size_t i = row_begin; i < row_end; ++i) {
    OperandWord word{true, first, last, {}};
    for (std::size_t l = 0; l < k_count && a != nullptr; ++l)
      word.values[l] = a_values(op, *a)[i * a->stride + k_first + l];
    a_edge_[(by_rows ? 0 : group) * rows_ + i]->write(word);
  }
  for (std::size_t j = col_begin; j < col_end; ++j) {
    OperandWord word{true, first, last, {}};
    for (std::size_t l = 0; l < k_count && b != nullptr; ++l)
      word.values[l] = b_values(op, *b)[(k_first + l) * b->stride + j];
    b_edge_[(by_rows ? group : 0) * cols_ + j]->write(word);
  }
}

}  // namespace luqsim

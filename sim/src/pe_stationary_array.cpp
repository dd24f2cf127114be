#include "pe_stationary_array.h"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "feed.h"
#include "wave_stationary_array.h"

namespace luqsim {

StationaryPe::StationaryPe(const sc_core::sc_module_name& name, const PeArithmetic& arithmetic, Dataflow dataflow)
    : sc_core::sc_module(name), arithmetic_(arithmetic), moving_is_a_(dataflow == Dataflow::ws) {
  SC_HAS_PROCESS(StationaryPe);
  SC_METHOD(edge);
  sensitive << clock.pos();
  dont_initialize();
}

void StationaryPe::edge() {
  const OperandWord& moving = moving_in.read();
  moving_out.write(moving);
  if (moving.valid && moving.first) current_ = next_;
  SumWord sum;
  if (moving.valid) {
    sum = sum_in.read();
    std::int32_t term = 0;
    if (arithmetic_.products)
      for (std::size_t l = 0; l < arithmetic_.lanes; ++l)
        term += moving_is_a_ ? (*arithmetic_.products)(moving.values[l], current_[l])
                             : (*arithmetic_.products)(current_[l], moving.values[l]);
    accumulate(arithmetic_.accumulator, {&term, 1}, sum.state);
  }
  sum_out.write(sum);

  StationaryWord word = stationary_in.read();
  if (word.valid) next_ = word.values;
  word.valid = word.valid && word.hops > 0;
  if (word.valid) --word.hops;
  stationary_out.write(word);
}

ColumnTop::ColumnTop(const sc_core::sc_module_name& name, std::size_t column)
    : sc_core::sc_module(name), column_(column) {
  SC_HAS_PROCESS(ColumnTop);
  SC_METHOD(read);
  sensitive << clock.neg() << request;
  dont_initialize();
}

void ColumnTop::read() {
  SumWord word = request.read();
  if (word.valid) word.state = word.sums->sums[word.element * word.sums->cols + column_];
  sum.write(word);
}

PeStationaryArray::PeStationaryArray(const sc_core::sc_module_name& name, const UnitContext& context,
                                     const Architecture& architecture, const ArrayPorts& ports)
    : PeArray(name, context, architecture, ports), rows_(architecture.array.rows), cols_(architecture.array.cols) {
  build();
}

void PeStationaryArray::build() {
  const auto make = [this](auto part) {
    parts_.push_back(part);
    return part.get();
  };
  const auto skewed = [&]<class Word>(EdgeSignal<Word>& edge, std::size_t depth,
                                      const std::string& name) -> sc_core::sc_signal_in_if<Word>& {
    if (depth == 0) return edge;
    auto* line = make(std::make_shared<SkewLine<Word>>(name.c_str(), depth));
    auto* out = make(std::make_shared<sc_core::sc_signal<Word>>());
    line->clock(clock_);
    line->in(edge);
    line->out(*out);
    return *out;
  };
  for (std::size_t i = 0; i < rows_; ++i) moving_edge_.push_back(std::make_unique<EdgeSignal<OperandWord>>());
  std::vector<sc_core::sc_signal_in_if<StationaryWord>*> stationary_above;
  std::vector<sc_core::sc_signal_in_if<SumWord>*> sum_above;
  for (std::size_t j = 0; j < cols_; ++j) {
    stationary_edge_.push_back(std::make_unique<EdgeSignal<StationaryWord>>());
    sum_edge_.push_back(std::make_unique<EdgeSignal<SumWord>>());
    stationary_above.push_back(&skewed(*stationary_edge_[j], j, fmt::format("skew_stationary_{}", j)));
    auto* top = make(std::make_shared<ColumnTop>(fmt::format("top_{}", j).c_str(), j));
    auto* sum = make(std::make_shared<sc_core::sc_signal<SumWord>>());
    top->clock(clock_);
    top->request(skewed(*sum_edge_[j], j, fmt::format("skew_sum_{}", j)));
    top->sum(*sum);
    sum_above.push_back(sum);
  }
  for (std::size_t i = 0; i < rows_; ++i) {
    sc_core::sc_signal_in_if<OperandWord>* left = &skewed(*moving_edge_[i], i, fmt::format("skew_moving_{}", i));
    for (std::size_t j = 0; j < cols_; ++j) {
      auto* pe = make(std::make_shared<StationaryPe>(fmt::format("pe_{}_{}", i, j).c_str(), arithmetic_,
                                                     architecture().array.dataflow));
      auto* moving = make(std::make_shared<sc_core::sc_signal<OperandWord>>());
      auto* stationary = make(std::make_shared<sc_core::sc_signal<StationaryWord>>());
      auto* sum = make(std::make_shared<sc_core::sc_signal<SumWord>>());
      pe->clock(clock_);
      pe->moving_in(*left);
      pe->moving_out(*moving);
      pe->stationary_in(*stationary_above[j]);
      pe->stationary_out(*stationary);
      pe->sum_in(*sum_above[j]);
      pe->sum_out(*sum);
      left = moving;
      stationary_above[j] = stationary;
      sum_above[j] = sum;
      sum_out_.push_back(sum);
      if (context().waveforms != nullptr) {
        const std::string prefix = fmt::format("array.pe_{}_{}", i, j);
        sc_trace(context().waveforms, moving->read(), prefix + ".moving");
        sc_trace(context().waveforms, stationary->read(), prefix + ".stationary");
        sc_trace(context().waveforms, sum->read(), prefix + ".sum");
      }
    }
  }
}

void PeStationaryArray::clear_entrances() {
  for (const auto& edge : moving_edge_) edge->write({});
  for (const auto& edge : stationary_edge_) edge->write({});
  for (const auto& edge : sum_edge_) edge->write({});
}

void PeStationaryArray::after_edge() {
  collect();
  shift_in();
}

// Sums that left a column at the last clock edge, below the fold's last row.
void PeStationaryArray::collect() {
  std::vector<bool> leaving(cols_, false);
  for (std::size_t i = 0; i < rows_; ++i)
    for (std::size_t j = 0; j < cols_; ++j) {
      const SumWord& word = sum_out_[i * cols_ + j]->read();
      if (!word.valid || word.last_row != i) continue;
      if (leaving[j]) throw std::logic_error("two sums leave one column in one cycle");
      leaving[j] = true;
      PendingSums& p = *word.sums;
      p.sums[word.element * p.cols + j] = word.state;
      if (!word.complete || p.out.empty()) continue;
      p.out[p.ws ? word.element * p.cols + j : j * p.stream + word.element] =
          accumulated(arithmetic_.accumulator, word.state);
      counts_->overflows += word.state.overflows;
    }
}

void PeStationaryArray::begin_preload(const TileOp& op, const TileValues* stationary, Cycles row_cycles) {
  const StationaryShape shape = stationary_shape(architecture(), op);
  preload_ = {true, current_cycle(), row_cycles, shape.rows, shape.cols, 0, {}};
  preload_.words.resize(shape.rows * shape.cols);
  const bool ws = architecture().array.dataflow == Dataflow::ws;
  for (std::uint64_t k = 0; k < op.k.count && stationary != nullptr; ++k)
    for (std::uint64_t j = 0; j < shape.cols; ++j)
      preload_.words[k / arithmetic_.lanes * shape.cols + j][k % arithmetic_.lanes] =
          ws ? b_values(op, *stationary)[k * stationary->stride + j]
             : a_values(op, *stationary)[j * stationary->stride + k];
  if (row_cycles == 1) shift_in();  // its first row enters in this cycle
}

// The last row goes first and has the farthest to go.
void PeStationaryArray::shift_in() {
  if (!preload_.active || (current_cycle() - preload_.begin + 1) != (preload_.row + 1) * preload_.row_cycles) return;
  const std::uint64_t row = preload_.rows - 1 - preload_.row;
  for (std::uint64_t j = 0; j < preload_.cols; ++j)
    stationary_edge_[j]->write({true, static_cast<std::uint32_t>(row), preload_.words[row * preload_.cols + j]});
  preload_.active = ++preload_.row < preload_.rows;
}

void PeStationaryArray::run_clocked(const std::shared_ptr<const GemmJob>& job) {
  const bool ws = architecture().array.dataflow == Dataflow::ws;
  const bool overlap = architecture().array.double_buffered_stationary;
  Slots<OperandTile>& moving_slots = ws ? ports().a : ports().b;
  pending_.clear();
  Schedule::Walk walk(job->schedule);
  StationaryShape shape{}, previous{};
  Cycles previous_begin = 0, sums_gone = 0;  // a fold of fewer columns may be gone before the one it follows
  bool any = false;
  std::shared_ptr<PendingSums> sums;
  for (TileOp op; walk.next(op);) {
    shape = stationary_shape(architecture(), op);
    if (op.first) {
      ports().out.claim(*this, Activity::buffer_full);
      sums = std::make_shared<PendingSums>(PendingSums{{}, {}, shape.stream, shape.cols, ws});
      sums->sums.resize(shape.stream * shape.cols);
      if (job->numeric) sums->out.resize(shape.stream * shape.cols);
      pending_.push_back(sums);
    }
    const OperandTile& moving = moving_slots.receive(*this, Activity::dram_read);
    receive_stationary(*this, ports().stationary);
    if (any) {
      const Cycles earliest = earliest_stream(previous, previous_begin, !op.first, shape), now = current_cycle();
      if (earliest > now) spend(earliest - now, Activity::drain);
    }
    any = true;
    previous = shape;
    previous_begin = current_cycle();
    spend(shape.step - 1, Activity::bank_conflict);
    if (overlap) ports().stationary.pop();
    enter(Activity::busy);
    stream(op, shape, moving.operand.get(), *sums);
    attribute(shape.stream, Activity::busy);
    attribute((shape.stream - 1) * (shape.step - 1), Activity::bank_conflict);
    job->counts->steps += shape.stream;
    count_scratchpads(architecture().array.dataflow, op, *job->counts);
    if (ws ? op.release_a : op.release_b) moving_slots.pop();
    sums_gone = std::max(sums_gone, current_cycle() + shape.skew());
    if (!overlap) {
      spend(shape.skew(), Activity::fill);
      ports().stationary.pop();
    }
    if (op.last) {
      OutTile& out = ports().out.claim(*this, Activity::buffer_full);
      out = make_out_tile(job, op.rows, op.cols, {});
      // The last sums are still on their way down: the tile is read when it is stored.
      if (job->numeric)
        out.store = [job, sums, rows = op.rows, cols = op.cols] {
          make_out_tile(job, rows, cols, std::move(sums->out)).store();
        };
      ports().out.push(overlap ? shape.skew() : 0);
    }
  }
  if (sums_gone > current_cycle()) spend(sums_gone - current_cycle(), Activity::fill);
}

void PeStationaryArray::stream(const TileOp& op, const StationaryShape& shape, const TileValues* moving,
                               PendingSums& sums) {
  const bool ws = sums.ws;
  for (std::uint64_t t = 0; t < shape.stream; ++t) {
    if (t > 0) wait(cycles_to_time(shape.step - 1));
    for (std::uint64_t i = 0; i < shape.rows; ++i) {
      OperandWord word{true, t == 0, false, {}};
      for (std::size_t l = 0; l < arithmetic_.lanes && moving != nullptr; ++l) {
        const std::uint64_t k = i * arithmetic_.lanes + l;
        if (k >= op.k.count) break;
        word.values[l] =
            ws ? a_values(op, *moving)[t * moving->stride + k] : b_values(op, *moving)[k * moving->stride + t];
      }
      moving_edge_[i]->write(word);
    }
    for (std::uint64_t j = 0; j < shape.cols; ++j)
      sum_edge_[j]->write(
          {.valid = true, .complete = op.last, .element = t, .last_row = shape.rows - 1, .sums = &sums, .state = {}});
    wait(cycles_to_time(1));
  }
}

}  // namespace luqsim

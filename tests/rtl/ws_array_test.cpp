// The Verilog array against both fidelities of the model, weight and input stationary: the same tiles, the same gaps;
// every sum, and the cycle in which it leaves its column, must agree.
#include <deque>
#include <memory>

#include "Vws_array_3_4_1_24_1_4.h"
#include "Vws_array_4_2_2_24_2_4.h"
#include "array_surroundings.h"
#include "feed.h"
#include "lockstep.h"
#include "pe_stationary_array.h"
#include "wave_stationary_array.h"

namespace luqsim {
namespace {

using test::ArrayCase;
using test::assign;
using test::code_of_value;
using test::field;
using test::Surroundings;

// By part of the output: the cycle from which its last sum is out of the array; and all sums.
struct Outcome {
  std::vector<Cycles> complete;
  std::vector<float> sums;
};

template <class Array>
Outcome run_model(const ArrayCase& c) {
  fresh_context();
  Surroundings s(c);
  const bool ws = c.architecture.array.dataflow == Dataflow::ws;
  Array array("array", test::terminate_on_error(), c.architecture, ArrayPorts{s.a, s.b, s.folds, s.out, s.stationary});
  Preload preload("preload", test::terminate_on_error(), c.architecture, ws ? s.b : s.a, s.stationary, array);
  s.start();
  test::Script controller("controller", [&](Unit& self) {
    array.jobs.claim(self, Activity::none) = s.job;
    array.jobs.push();
    preload.jobs.claim(self, Activity::none) = s.job;
    preload.jobs.push();
  });
  run_to_the_end();
  return {s.received, s.out_values};
}

// The Verilog array between the same mocks: what preloads it, streams through it and takes its sums. Names are those of
// a weight-stationary array; `ws_` false exchanges the operands.
template <class Block, class X, class Wt, class Out, class Index>
class Rtl {
 public:
  explicit Rtl(const ArrayCase& c)
      : case_(c),
        array_(c.architecture.array),
        ws_(array_.dataflow == Dataflow::ws),
        width_(static_cast<std::size_t>(integer_bits(array_.accumulator.kind))),
        s_(c),
        by_column_(array_.cols) {
    block_.clk(clk_), block_.reset(reset_);
    block_.w_valid(w_valid_), block_.w_ready(w_ready_), block_.w_hops(w_hops_), block_.w(w_);
    block_.x_valid(x_valid_), block_.x_ready(x_ready_), block_.x_first(x_first_), block_.x_fresh(x_fresh_);
    block_.x_complete(x_complete_), block_.x_index(x_index_), block_.rows(rows_), block_.x(x_);
    block_.out_valid(out_valid_), block_.out_index(out_index_), block_.out(out_);
  }

  Outcome run() {
    s_.start();
    reset_.write(true);
    test::Script clock("clock", [this](Unit&) { run_clock(); });
    test::Script preloader("preloader", [this](Unit& self) { preload(self); });
    test::Script feeder("feeder", [this](Unit& self) { feed(self); });
    run_to_the_end();
    return {s_.received, s_.out_values};
  }

 private:
  // A part of the output on its way out: its last sum must be out exactly in cycle `due`.
  struct Part {
    std::vector<float> sums;
    std::uint64_t stream, cols, missing;
    Cycles due;
  };

  void run_clock() {
    const auto half = sc_core::sc_time::from_value(1);
    while (true) {
      sc_core::wait(half);
      x_taken_ = x_valid_.read() && x_ready_.read();
      w_taken_ = w_valid_.read() && w_ready_.read();
      for (std::uint64_t j = 0; j < array_.cols; ++j)
        if ((out_valid_.read() >> j & 1) != 0) take_sum(j);
      clk_.write(true);
      sc_core::wait(half);
      clk_.write(false);
      reset_.write(false);
    }
  }

  void take_sum(std::uint64_t j) {
    constexpr std::size_t index_bits = 4;
    ASSERT_FALSE(by_column_[j].empty()) << "column " << j << " gives a sum and none is due";
    Part& part = *by_column_[j].front();
    const auto t = static_cast<std::uint64_t>(field(out_index_.read(), j * index_bits, index_bits)) & 15;
    if (j < part.cols) {  // the others pass words on and give sums that mean nothing
      part.sums[ws_ ? t * part.cols + j : j * part.stream + t] =
          static_cast<float>(field(out_.read(), j * width_, width_));
      EXPECT_EQ(current_cycle(), part.due - (part.stream - 1 - t) - (part.cols - 1 - j))
          << "column " << j << ", step " << t;
      --part.missing;
    }
    if (t + 1 == part.stream) by_column_[j].pop_front();
  }

  void preload(Unit& self) {
    Slots<OperandTile>& tiles = ws_ ? s_.b : s_.a;
    Schedule::Walk walk(s_.schedule);
    for (TileOp op; walk.next(op);) {
      const TileValues& tile = *tiles.receive(self, Activity::none).operand;
      const StationaryShape shape = stationary_shape(case_.architecture, op);
      for (std::uint64_t row = shape.rows; row-- > 0;) {
        Wt word{};
        for (std::uint64_t l = 0; l < array_.lanes; ++l) {
          const std::uint64_t k = row * array_.lanes + l;
          for (std::uint64_t j = 0; j < shape.cols && k < op.k.count; ++j)
            assign(word, 4 * (j * array_.lanes + l),
                   code_of_value(ws_ ? case_.b_format : case_.a_format, ws_ ? b_values(op, tile)[k * tile.stride + j]
                                                                            : a_values(op, tile)[j * tile.stride + k]));
        }
        w_.write(word);
        w_hops_.write(static_cast<std::uint32_t>(row));
        w_valid_.write(true);
        do self.spend(1, Activity::none);
        while (!w_taken_);
      }
      w_valid_.write(false);
      if (ws_ ? op.release_b : op.release_a) tiles.pop();
    }
  }

  // Step t of a tile, until the array takes it.
  void stream_step(Unit& self, const TileOp& op, const TileValues& tile, const StationaryShape& shape,
                   std::uint64_t t) {
    X word{};
    for (std::uint64_t k = 0; k < op.k.count; ++k)
      assign(word, 4 * k,
             code_of_value(ws_ ? case_.a_format : case_.b_format,
                           ws_ ? a_values(op, tile)[t * tile.stride + k] : b_values(op, tile)[k * tile.stride + t]));
    x_.write(word);
    x_first_.write(t == 0);
    x_fresh_.write(op.first);
    x_complete_.write(op.last);
    x_index_.write(static_cast<std::uint32_t>(t));
    rows_.write(static_cast<std::uint32_t>(shape.rows));
    x_valid_.write(true);
    do self.spend(1, Activity::none);
    while (!x_taken_);
  }

  void feed(Unit& self) {
    Slots<OperandTile>& tiles = ws_ ? s_.a : s_.b;
    Schedule::Walk walk(s_.schedule);
    for (TileOp op; walk.next(op);) {
      const StationaryShape shape = stationary_shape(case_.architecture, op);
      if (op.first) s_.out.claim(self, Activity::none);
      const TileValues& tile = *tiles.receive(self, Activity::none).operand;
      std::shared_ptr<Part> part;
      for (std::uint64_t t = 0; t < shape.stream; ++t) {
        stream_step(self, op, tile, shape, t);
        if (!op.last || t > 0) continue;
        const Cycles begin = current_cycle() - 1;
        part = std::make_shared<Part>(Part{std::vector<float>(shape.stream * shape.cols), shape.stream, shape.cols,
                                           shape.stream * shape.cols, begin + shape.stream + shape.skew()});
        for (auto& column : by_column_) column.push_back(part);
      }
      x_valid_.write(false);
      if (ws_ ? op.release_a : op.release_b) tiles.pop();
      if (!op.last) continue;
      OutTile& tile_out = s_.out.claim(self, Activity::none);
      tile_out = make_out_tile(s_.job, op.rows, op.cols, {});
      tile_out.store = [this, part, rows_out = op.rows, cols_out = op.cols] {
        EXPECT_EQ(part->missing, 0U) << "sums that never left";
        make_out_tile(s_.job, rows_out, cols_out, part->sums).store();
      };
      s_.out.push(shape.skew());
    }
  }

  const ArrayCase& case_;
  const ArrayConfig& array_;
  bool ws_;
  std::size_t width_;  // bits of a sum
  Surroundings s_;
  // The part under way, by column: a column may be at the next part already.
  std::vector<std::deque<std::shared_ptr<Part>>> by_column_;
  sc_core::sc_signal<bool> clk_, reset_, w_valid_, w_ready_, x_valid_, x_ready_, x_first_, x_fresh_, x_complete_;
  sc_core::sc_signal<std::uint32_t> w_hops_, x_index_, rows_, out_valid_;
  sc_core::sc_signal<X> x_;
  sc_core::sc_signal<Wt> w_;
  sc_core::sc_signal<Out> out_;
  sc_core::sc_signal<Index> out_index_;
  Block block_{"block"};
  bool x_taken_ = false, w_taken_ = false;  // in the clock that ended last
};

template <class Block, class X, class Wt, class Out, class Index>
Outcome run_rtl(const ArrayCase& c) {
  fresh_context();
  return Rtl<Block, X, Wt, Out, Index>(c).run();
}

class StationaryArray : public testing::Test {
 protected:
  template <class Block, class X, class Wt, class Out, class Index>
  void compare(const ArrayCase& c) {
    const Outcome wave = run_model<WaveStationaryArray>(c), pe = run_model<PeStationaryArray>(c);
    ASSERT_EQ(wave.complete, pe.complete);
    ASSERT_EQ(wave.sums, pe.sums);
    const Outcome rtl = run_rtl<Block, X, Wt, Out, Index>(c);
    ASSERT_EQ(rtl.complete, wave.complete);
    ASSERT_EQ(rtl.sums, wave.sums);
  }

  test::RandomArrayCase random_{5};
};

TEST_F(StationaryArray, WeightStationaryEqualsTheModelCycleForCycle) {
  for (int trial = 0; trial < 200; ++trial) {
    SCOPED_TRACE(trial);
    compare<Vws_array_3_4_1_24_1_4, std::uint32_t, std::uint32_t, sc_dt::sc_bv<96>, std::uint32_t>(
        random_.make(Dataflow::ws, 3, 4, 1, AccumulatorKind::int24, Format::int4, Format::fp4_e3m0));
    if (HasFailure()) return;
  }
}

// The same array with the operands' parts exchanged: A stays, B streams.
TEST_F(StationaryArray, InputStationaryWithLanesToo) {
  for (int trial = 0; trial < 200; ++trial) {
    SCOPED_TRACE(trial);
    compare<Vws_array_4_2_2_24_2_4, std::uint32_t, std::uint32_t, std::uint64_t, std::uint32_t>(
        random_.make(Dataflow::is, 4, 2, 2, AccumulatorKind::int24, Format::int4, Format::fp4_e3m0));
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace luqsim

// The Verilog array against both fidelities of the model, weight and input stationary: the same tiles, the same gaps;
// every sum, and the cycle in which it leaves its column, must agree.
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
  sc_core::sc_start();
  return {s.received, s.out_values};
}

template <class Block, class X, class Wt, class Out, class Index>
Outcome run_rtl(const ArrayCase& c) {
  fresh_context();
  Surroundings s(c);
  const ArrayConfig& array = c.architecture.array;
  const bool ws = array.dataflow == Dataflow::ws;
  sc_core::sc_signal<bool> clk, reset, w_valid, w_ready, x_valid, x_ready, x_first, x_fresh, x_complete;
  sc_core::sc_signal<std::uint32_t> w_hops, x_index, rows, out_valid;
  sc_core::sc_signal<X> x;
  sc_core::sc_signal<Wt> w;
  sc_core::sc_signal<Out> out;
  sc_core::sc_signal<Index> out_index;
  Block block("block");
  block.clk(clk), block.reset(reset), block.w_valid(w_valid), block.w_ready(w_ready), block.w_hops(w_hops), block.w(w);
  block.x_valid(x_valid), block.x_ready(x_ready), block.x_first(x_first), block.x_fresh(x_fresh);
  block.x_complete(x_complete), block.x_index(x_index), block.rows(rows), block.x(x);
  block.out_valid(out_valid), block.out_index(out_index), block.out(out);
  s.start();

  // A part of the output on its way out: its last sum must be out exactly in cycle `due`.
  struct Part {
    std::vector<float> sums;
    std::uint64_t stream, cols, missing;
    Cycles due;
  };
  std::deque<std::shared_ptr<Part>> parts;
  constexpr std::size_t index_bits = 4;
  const auto width = static_cast<std::size_t>(integer_bits(array.accumulator.kind));
  const auto half = sc_core::sc_time::from_value(1);
  bool x_taken = false, w_taken = false;
  // The part under way, by column: a column may be at the next part already.
  std::vector<std::deque<std::shared_ptr<Part>>> by_column(array.cols);

  reset.write(true);
  test::Script clock("clock", [&](Unit&) {
    while (true) {
      sc_core::wait(half);
      x_taken = x_valid.read() && x_ready.read();
      w_taken = w_valid.read() && w_ready.read();
      for (std::uint64_t j = 0; j < array.cols; ++j) {
        if ((out_valid.read() >> j & 1) == 0 || by_column[j].empty()) continue;
        Part& part = *by_column[j].front();
        const auto t = static_cast<std::uint64_t>(field(out_index.read(), j * index_bits, index_bits)) & 15;
        if (j < part.cols) {  // the others pass words on and give sums that mean nothing
          part.sums[ws ? t * part.cols + j : j * part.stream + t] =
              static_cast<float>(field(out.read(), j * width, width));
          EXPECT_EQ(current_cycle(), part.due - (part.stream - 1 - t) - (part.cols - 1 - j))
              << "column " << j << ", step " << t;
          --part.missing;
        }
        if (t + 1 == part.stream) by_column[j].pop_front();
      }
      clk.write(true);
      sc_core::wait(half);
      clk.write(false);
      reset.write(false);
    }
  });
  test::Script preloader("preloader", [&](Unit& self) {
    Slots<OperandTile>& tiles = ws ? s.b : s.a;
    Schedule::Walk walk(s.schedule);
    for (TileOp op; walk.next(op);) {
      const TileValues& tile = *tiles.receive(self, Activity::none).operand;
      const StationaryShape shape = stationary_shape(c.architecture, op);
      for (std::uint64_t row = shape.rows; row-- > 0;) {
        Wt word{};
        for (std::uint64_t l = 0; l < array.lanes; ++l) {
          const std::uint64_t k = row * array.lanes + l;
          for (std::uint64_t j = 0; j < shape.cols && k < op.k.count; ++j)
            assign(word, 4 * (j * array.lanes + l),
                   code_of_value(ws ? c.b_format : c.a_format, ws ? b_values(op, tile)[k * tile.stride + j]
                                                                  : a_values(op, tile)[j * tile.stride + k]));
        }
        w.write(word);
        w_hops.write(static_cast<std::uint32_t>(row));
        w_valid.write(true);
        do self.spend(1, Activity::none);
        while (!w_taken);
      }
      w_valid.write(false);
      if (ws ? op.release_b : op.release_a) tiles.pop();
    }
  });
  test::Script feeder("feeder", [&](Unit& self) {
    Slots<OperandTile>& tiles = ws ? s.a : s.b;
    Schedule::Walk walk(s.schedule);
    for (TileOp op; walk.next(op);) {
      const StationaryShape shape = stationary_shape(c.architecture, op);
      if (op.first) s.out.claim(self, Activity::none);
      const TileValues& tile = *tiles.receive(self, Activity::none).operand;
      std::shared_ptr<Part> part;
      for (std::uint64_t t = 0; t < shape.stream; ++t) {
        X word{};
        for (std::uint64_t k = 0; k < op.k.count; ++k)
          assign(word, 4 * k,
                 code_of_value(ws ? c.a_format : c.b_format,
                               ws ? a_values(op, tile)[t * tile.stride + k] : b_values(op, tile)[k * tile.stride + t]));
        x.write(word);
        x_first.write(t == 0);
        x_fresh.write(op.first);
        x_complete.write(op.last);
        x_index.write(static_cast<std::uint32_t>(t));
        rows.write(static_cast<std::uint32_t>(shape.rows));
        x_valid.write(true);
        do self.spend(1, Activity::none);
        while (!x_taken);
        if (op.last && t == 0) {
          const Cycles begin = current_cycle() - 1;
          part = std::make_shared<Part>(Part{std::vector<float>(shape.stream * shape.cols), shape.stream, shape.cols,
                                             shape.stream * shape.cols, begin + shape.stream + shape.skew()});
          for (auto& column : by_column) column.push_back(part);
        }
      }
      x_valid.write(false);
      if (ws ? op.release_a : op.release_b) tiles.pop();
      if (!op.last) continue;
      OutTile& tile_out = s.out.claim(self, Activity::none);
      tile_out = make_out_tile(s.job, op.rows, op.cols, {});
      tile_out.store = [&s, part, rows_out = op.rows, cols_out = op.cols] {
        EXPECT_EQ(part->missing, 0U) << "sums that never left";
        make_out_tile(s.job, rows_out, cols_out, part->sums).store();
      };
      s.out.push(shape.skew());
    }
  });
  sc_core::sc_start();
  return {s.received, s.out_values};
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

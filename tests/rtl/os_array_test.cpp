// The Verilog array against both fidelities of the model: the same tiles, the same gaps between them, the same full
// output slots; every sum and the cycle in which its row leaves the array must agree.
#include "Vos_array_3_4_1_24_1.h"
#include "Vos_array_4_2_3_16_0.h"
#include "array_surroundings.h"
#include "lockstep.h"
#include "pe_os_array.h"
#include "wave_os_array.h"

namespace luqsim {
namespace {

using test::ArrayCase;
using test::assign;
using test::code_of_value;
using test::field;
using test::Surroundings;

// When each row of sums left, and the sums.
struct Outcome {
  std::vector<Cycles> rows;
  std::vector<float> sums;
};

// The model, noting when each row leaves.
template <class Array>
class Probe : public Array {
 public:
  using Array::Array;
  void begin_drain(FoldTile& fold, Cycles row_cycles) override {
    for (std::uint64_t d = 0; d < fold.rows.count; ++d) rows.push_back(current_cycle() + d * row_cycles);
    Array::begin_drain(fold, row_cycles);
  }
  std::vector<Cycles> rows;
};

template <class Array>
Outcome run_model(const ArrayCase& c) {
  fresh_context();
  Surroundings s(c);
  Probe<Array> array("array", test::terminate_on_error(), c.architecture,
                     ArrayPorts{s.a, s.b, s.folds, s.out, s.stationary});
  Drain drain("drain", test::terminate_on_error(), c.architecture, s.folds, s.out, array);
  s.start();
  test::Script controller("controller", [&](Unit& self) {
    array.jobs.claim(self, Activity::none) = s.job;
    array.jobs.push();
    drain.jobs.claim(self, Activity::none) = s.job;
    drain.jobs.push();
  });
  sc_core::sc_start();
  return {array.rows, s.out_values};
}

template <class Block, class A, class B, class Out>
Outcome run_rtl(const ArrayCase& c) {
  fresh_context();
  Surroundings s(c);
  sc_core::sc_signal<bool> clk, reset, step_valid, step_ready, first, last, drain_ready, out_valid;
  sc_core::sc_signal<std::uint32_t> rows, cols, out_row;
  sc_core::sc_signal<A> a;
  sc_core::sc_signal<B> b;
  sc_core::sc_signal<Out> out;
  Block block("block");
  block.clk(clk), block.reset(reset), block.step_valid(step_valid), block.step_ready(step_ready), block.first(first);
  block.last(last), block.rows(rows), block.cols(cols), block.a(a), block.b(b), block.drain_ready(drain_ready);
  block.out_valid(out_valid), block.out_row(out_row), block.out(out);
  s.start();

  const ArrayConfig& array = c.architecture.array;
  const auto half = sc_core::sc_time::from_value(1);
  const std::size_t width = static_cast<std::size_t>(integer_bits(array.accumulator.kind));
  std::vector<Cycles> left;
  bool taken = false, drained = false;
  std::vector<float> sums;
  std::uint64_t drain_cols = 0, drain_rows = 0;
  sc_core::sc_event edge;

  reset.write(true);
  test::Script clock("clock", [&](Unit&) {
    while (true) {
      sc_core::wait(half);
      taken = step_valid.read() && step_ready.read();
      drained = out_valid.read() && out_row.read() == 0;
      if (out_valid.read()) {
        left.push_back(current_cycle());
        for (std::uint64_t j = 0; j < drain_cols; ++j)
          sums[out_row.read() * drain_cols + j] = static_cast<float>(field(out.read(), j * width, width));
      }
      clk.write(true);
      sc_core::wait(half);
      clk.write(false);
      reset.write(false);
    }
  });
  const auto one_cycle = [](Unit& self) { self.spend(1, Activity::none); };
  test::Script feeder("feeder", [&](Unit& self) {
    Schedule::Walk walk(s.schedule);
    for (TileOp op; walk.next(op);) {
      const OperandTile& a_tile = s.a.receive(self, Activity::none);
      const OperandTile& b_tile = s.b.receive(self, Activity::none);
      for (std::uint64_t k = 0; k < op.k.count; k += array.lanes) {
        A a_word{};
        B b_word{};
        for (std::uint64_t l = 0; l < array.lanes && k + l < op.k.count; ++l) {
          for (std::uint64_t i = 0; i < op.rows.count; ++i)
            assign(a_word, 4 * (i * array.lanes + l),
                   code_of_value(c.a_format, a_values(op, *a_tile.operand)[i * a_tile.operand->stride + k + l]));
          for (std::uint64_t j = 0; j < op.cols.count; ++j)
            assign(b_word, 4 * (j * array.lanes + l),
                   code_of_value(c.b_format, b_values(op, *b_tile.operand)[(k + l) * b_tile.operand->stride + j]));
        }
        a.write(a_word);
        b.write(b_word);
        rows.write(static_cast<std::uint32_t>(op.rows.count));
        cols.write(static_cast<std::uint32_t>(op.cols.count));
        first.write(op.first && k == 0);
        last.write(op.last && k + array.lanes >= op.k.count);
        step_valid.write(true);
        do one_cycle(self);
        while (!taken);
      }
      step_valid.write(false);
      if (op.release_a) s.a.pop();
      if (op.release_b) s.b.pop();
    }
  });
  test::Script drainer("drainer", [&](Unit& self) {
    Schedule::Walk walk(s.schedule);
    for (TileOp op; walk.next(op);) {
      if (!op.last) continue;
      s.out.claim(self, Activity::none);
      drain_cols = op.cols.count;
      drain_rows = op.rows.count;
      sums.assign(drain_rows * drain_cols, 0);
      drain_ready.write(true);
      do one_cycle(self);
      while (!drained);
      drain_ready.write(false);
      s.out.claim(self, Activity::none) = make_out_tile(s.job, op.rows, op.cols, sums);
      s.out.push();
    }
  });
  sc_core::sc_start();
  return {left, s.out_values};
}

class OsArray : public testing::Test {
 protected:
  template <class Block, class A, class B, class Out>
  void compare(const ArrayCase& c) {
    const Outcome rtl = run_rtl<Block, A, B, Out>(c), wave = run_model<WaveOsArray>(c), pe = run_model<PeOsArray>(c);
    ASSERT_EQ(wave.rows, pe.rows);
    ASSERT_EQ(wave.sums, pe.sums);
    ASSERT_EQ(rtl.rows, wave.rows) << "cycles in which rows of sums leave";
    ASSERT_EQ(rtl.sums, wave.sums);
    rows_ += rtl.rows.size();
  }

  test::RandomArrayCase random_{3};
  std::size_t rows_ = 0;
};

TEST_F(OsArray, ShiftProductsEqualTheModelCycleForCycle) {
  for (int trial = 0; trial < 200; ++trial) {
    SCOPED_TRACE(trial);
    compare<Vos_array_3_4_1_24_1, std::uint32_t, std::uint32_t, sc_dt::sc_bv<96>>(
        random_.make(Dataflow::os, 3, 4, 1, AccumulatorKind::int24, Format::int4, Format::fp4_e3m0));
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(rows_, 2000U);
}

TEST_F(OsArray, IntegerProductsWithLanesToo) {
  for (int trial = 0; trial < 200; ++trial) {
    SCOPED_TRACE(trial);
    compare<Vos_array_4_2_3_16_0, std::uint64_t, std::uint32_t, std::uint32_t>(
        random_.make(Dataflow::os, 4, 2, 3, AccumulatorKind::int16, Format::int4, Format::int4));
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace luqsim

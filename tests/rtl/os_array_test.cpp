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
  run_to_the_end();
  return {array.rows, s.out_values};
}

// The Verilog array between the same mocks: what feeds its steps and takes its rows.
template <class Block, class A, class B, class Out>
class Rtl {
 public:
  explicit Rtl(const ArrayCase& c)
      : case_(c),
        array_(c.architecture.array),
        width_(static_cast<std::size_t>(integer_bits(array_.accumulator.kind))),
        s_(c) {
    block_.clk(clk_), block_.reset(reset_), block_.step_valid(step_valid_), block_.step_ready(step_ready_);
    block_.first(first_), block_.last(last_), block_.rows(rows_), block_.cols(cols_), block_.a(a_), block_.b(b_);
    block_.drain_ready(drain_ready_), block_.out_valid(out_valid_), block_.out_row(out_row_), block_.out(out_);
  }

  Outcome run() {
    s_.start();
    reset_.write(true);
    test::Script clock("clock", [this](Unit&) { run_clock(); });
    test::Script feeder("feeder", [this](Unit& self) { feed(self); });
    test::Script drainer("drainer", [this](Unit& self) { drain(self); });
    run_to_the_end();
    return {left_, s_.out_values};
  }

 private:
  void run_clock() {
    const auto half = sc_core::sc_time::from_value(1);
    while (true) {
      sc_core::wait(half);
      taken_ = step_valid_.read() && step_ready_.read();
      drained_ = out_valid_.read() && out_row_.read() == 0;
      if (out_valid_.read()) {
        left_.push_back(current_cycle());
        for (std::uint64_t j = 0; j < drain_cols_; ++j)
          sums_[out_row_.read() * drain_cols_ + j] = static_cast<float>(field(out_.read(), j * width_, width_));
      }
      clk_.write(true);
      sc_core::wait(half);
      clk_.write(false);
      reset_.write(false);
    }
  }

  // The codes of step k of a tile, for every row and column.
  void write_step(const TileOp& op, const TileValues& a, const TileValues& b, std::uint64_t k) {
    A a_word{};
    B b_word{};
    for (std::uint64_t l = 0; l < array_.lanes && k + l < op.k.count; ++l) {
      for (std::uint64_t i = 0; i < op.rows.count; ++i)
        assign(a_word, 4 * (i * array_.lanes + l),
               code_of_value(case_.a_format, a_values(op, a)[i * a.stride + k + l]));
      for (std::uint64_t j = 0; j < op.cols.count; ++j)
        assign(b_word, 4 * (j * array_.lanes + l),
               code_of_value(case_.b_format, b_values(op, b)[(k + l) * b.stride + j]));
    }
    a_.write(a_word);
    b_.write(b_word);
  }

  void feed(Unit& self) {
    Schedule::Walk walk(s_.schedule);
    for (TileOp op; walk.next(op);) {
      const OperandTile& a_tile = s_.a.receive(self, Activity::none);
      const OperandTile& b_tile = s_.b.receive(self, Activity::none);
      for (std::uint64_t k = 0; k < op.k.count; k += array_.lanes) {
        write_step(op, *a_tile.operand, *b_tile.operand, k);
        rows_.write(static_cast<std::uint32_t>(op.rows.count));
        cols_.write(static_cast<std::uint32_t>(op.cols.count));
        first_.write(op.first && k == 0);
        last_.write(op.last && k + array_.lanes >= op.k.count);
        step_valid_.write(true);
        do self.spend(1, Activity::none);
        while (!taken_);
      }
      step_valid_.write(false);
      if (op.release_a) s_.a.pop();
      if (op.release_b) s_.b.pop();
    }
  }

  void drain(Unit& self) {
    Schedule::Walk walk(s_.schedule);
    for (TileOp op; walk.next(op);) {
      if (!op.last) continue;
      s_.out.claim(self, Activity::none);
      drain_cols_ = op.cols.count;
      sums_.assign(op.rows.count * drain_cols_, 0);
      drain_ready_.write(true);
      do self.spend(1, Activity::none);
      while (!drained_);
      drain_ready_.write(false);
      s_.out.claim(self, Activity::none) = make_out_tile(s_.job, op.rows, op.cols, sums_);
      s_.out.push();
    }
  }

  const ArrayCase& case_;
  const ArrayConfig& array_;
  std::size_t width_;  // bits of a sum
  Surroundings s_;
  sc_core::sc_signal<bool> clk_, reset_, step_valid_, step_ready_, first_, last_, drain_ready_, out_valid_;
  sc_core::sc_signal<std::uint32_t> rows_, cols_, out_row_;
  sc_core::sc_signal<A> a_;
  sc_core::sc_signal<B> b_;
  sc_core::sc_signal<Out> out_;
  Block block_{"block"};
  bool taken_ = false, drained_ = false;  // in the clock that ended last: a step, the fold's last row
  std::vector<Cycles> left_;
  std::uint64_t drain_cols_ = 0;
  std::vector<float> sums_;  // of the fold that drains
};

template <class Block, class A, class B, class Out>
Outcome run_rtl(const ArrayCase& c) {
  fresh_context();
  return Rtl<Block, A, B, Out>(c).run();
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
  EXPECT_GT(rows_, 2000U);
}

}  // namespace
}  // namespace luqsim

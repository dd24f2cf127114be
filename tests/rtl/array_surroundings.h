// What the Verilog arrays and the model's run between: the same tiles with the same gaps, the same full output slots.
#pragma once
#include <bit>
#include <random>

#include "array_harness.h"
#include "fold_sums.h"

namespace luqsim::test {

struct ArrayCase {
  Architecture architecture;
  GemmShape shape;
  std::vector<std::int8_t> a, b;                  // integer values, m x k and k x n
  std::vector<Cycles> a_gaps, b_gaps, sink_gaps;  // before each tile; before each output slot is free again
  Format a_format = Format::int4, b_format = Format::fp4_e3m0;
};

// The mocks around an array: tiles arrive after their gaps, output slots are freed after theirs.
class Surroundings {
 public:
  explicit Surroundings(const ArrayCase& c)
      : case_(c), schedule(c.architecture, c.shape), out_values(c.shape.m * c.shape.n) {
    job = std::make_shared<const GemmJob>(GemmJob{schedule, c.a_format, c.b_format, true, 1, store(), &counts});
  }

  void start() {
    a_mock_ = std::make_unique<test::Script>("a_mock", [this](Unit& self) { load(self, true); });
    b_mock_ = std::make_unique<test::Script>("b_mock", [this](Unit& self) { load(self, false); });
    sink_ = std::make_unique<test::Script>("sink", [this](Unit& self) {
      for (std::uint64_t i = 0; i < schedule.out_tiles(); ++i) {
        const OutTile& tile = out.receive(self, Activity::none);
        received.push_back(current_cycle());
        self.spend(1 + case_.sink_gaps[i % case_.sink_gaps.size()], Activity::none);  // a store takes time
        if (tile.store) tile.store();
        out.pop();
      }
      sc_core::sc_stop();
    });
  }

  const ArrayCase& case_;
  Schedule schedule;
  Slots<OperandTile> a{2}, b{2};
  Slots<FoldTile> folds{1};
  Slots<OutTile> out{2};
  Slots<StationaryFold> stationary{1};
  ArrayCounts counts;
  std::vector<float> out_values;
  std::vector<Cycles> received;  // when the sink had each part of the output
  std::shared_ptr<const GemmJob> job;

 private:
  std::function<void(const Range&, const Range&, std::span<const float>)> store() {
    return [this](const Range& rows, const Range& cols, std::span<const float> values) {
      for (std::uint64_t i = 0; i < rows.count; ++i)
        for (std::uint64_t j = 0; j < cols.count; ++j)
          out_values[(rows.first + i) * case_.shape.n + cols.first + j] = values[i * cols.count + j];
    };
  }

  void load(Unit& self, bool is_a) {
    const auto& gaps = is_a ? case_.a_gaps : case_.b_gaps;
    Slots<OperandTile>& slots = is_a ? a : b;
    std::size_t n = 0;
    self.spend(1, Activity::none);  // the Verilog block's reset
    Schedule::Walk walk(schedule);
    for (TileOp op; walk.next(op);) {
      if (!(is_a ? op.load_a : op.load_b)) continue;
      OperandTile& tile = slots.claim(self, Activity::none);
      self.spend(gaps[n++ % gaps.size()], Activity::none);
      tile.operand = std::make_shared<TileValues>();
      const Range outer = is_a ? op.a_tile : op.b_tile, k = is_a ? op.a_tile_k : op.b_tile_k;
      tile.operand->stride = is_a ? k.count : outer.count;
      if (is_a) {
        for (std::uint64_t i = 0; i < outer.count; ++i)
          for (std::uint64_t x = 0; x < k.count; ++x)
            tile.operand->values.push_back(case_.a[(outer.first + i) * case_.shape.k + k.first + x]);
      } else {
        for (std::uint64_t x = 0; x < k.count; ++x)
          for (std::uint64_t j = 0; j < outer.count; ++j)
            tile.operand->values.push_back(case_.b[(k.first + x) * case_.shape.n + outer.first + j]);
      }
      slots.push();
    }
  }

  std::unique_ptr<test::Script> a_mock_, b_mock_, sink_;
};

inline std::uint32_t code_of_value(Format format, int value) {
  if (format == Format::int4) return static_cast<std::uint32_t>(value) & 0xF;
  return value == 0 ? 0
                    : (value < 0 ? 8U : 0U) |
                          (static_cast<std::uint32_t>(std::bit_width(static_cast<unsigned>(std::abs(value)))));
}

// Port values of any width Verilator chooses.
inline void assign(std::uint32_t& port, std::size_t first_bit, std::uint32_t code) { port |= code << first_bit; }
inline void assign(std::uint64_t& port, std::size_t first_bit, std::uint32_t code) {
  port |= std::uint64_t{code} << first_bit;
}
template <int N>
void assign(sc_dt::sc_bv<N>& port, std::size_t first_bit, std::uint32_t code) {
  port.range(static_cast<int>(first_bit) + 3, static_cast<int>(first_bit)) = code;
}
inline std::int64_t field(std::uint64_t value, std::size_t first, std::size_t width) {
  return static_cast<std::int64_t>(value << (64 - first - width)) >> (64 - width);
}
inline std::int64_t field(std::uint32_t value, std::size_t first, std::size_t width) {
  return field(std::uint64_t{value}, first, width);
}
template <int N>
std::int64_t field(const sc_dt::sc_bv<N>& value, std::size_t first, std::size_t width) {
  const std::uint64_t bits = value.range(static_cast<int>(first + width) - 1, static_cast<int>(first)).to_uint64();
  return field(bits, 0, width);
}

// Random shapes, values, tiles and gaps for a rows x cols array; half of the cases without gaps.
class RandomArrayCase {
 public:
  explicit RandomArrayCase(unsigned seed) : random_(seed) {}
  std::uint32_t upto(std::uint32_t n) { return std::uniform_int_distribution<std::uint32_t>(1, n)(random_); }

  ArrayCase make(Dataflow dataflow, std::uint32_t rows, std::uint32_t cols, std::uint32_t lanes,
                 AccumulatorKind accumulator, Format a, Format b) {
    ArrayCase c;
    Architecture& x = c.architecture = test::ideal_architecture();
    x.array.dataflow = dataflow;
    x.array.rows = rows;
    x.array.cols = cols;
    x.array.lanes = lanes;
    x.array.accumulator.kind = accumulator;
    x.array.double_buffered_accumulators = x.array.double_buffered_stationary = true;
    x.a.bytes = x.b.bytes = 64 + upto(200);
    x.schedule.k_tile = upto(12);
    x.schedule.stream_tile = upto(12);
    x.schedule.resident = static_cast<Resident>(upto(4) - 1);
    c.a_format = a;
    c.b_format = b;
    c.shape = {upto(12), upto(12), upto(20)};
    const auto value = [&](Format format) -> std::int8_t {
      if (format == Format::int4) return static_cast<std::int8_t>(static_cast<int>(upto(16)) - 9);
      const int magnitude = (1 << upto(8)) >> 2;  // 0, 1, 2, ... 64
      return static_cast<std::int8_t>(upto(2) == 1 ? magnitude : -magnitude);
    };
    for (std::uint64_t i = 0; i < c.shape.m * c.shape.k; ++i) c.a.push_back(value(c.a_format));
    for (std::uint64_t i = 0; i < c.shape.k * c.shape.n; ++i) c.b.push_back(value(c.b_format));
    const std::uint32_t longest = upto(2) == 1 ? 1 : 12;  // half of them without stalls
    for (auto* gaps : {&c.a_gaps, &c.b_gaps, &c.sink_gaps})
      for (int i = 0; i < 7; ++i) gaps->push_back(upto(longest) - 1);
    return c;
  }

 private:
  std::mt19937 random_;
};

}  // namespace luqsim::test

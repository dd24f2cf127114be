#include "schedule.h"

#include <algorithm>
#include <array>
#include <map>

#include <gtest/gtest.h>

#include "bench.h"
#include "property.h"

namespace luqsim {
namespace {

using test::between;
using test::either;
using test::one_of;
using test::upto;

struct Problem {
  Architecture architecture;
  GemmShape shape;
};

Problem draw_problem() {
  Problem p{test::ideal_architecture(), {upto(40, "m"), upto(40, "n"), upto(60, "k"), 1, 1}};
  ArrayConfig& array = p.architecture.array;
  array.rows = upto(9, "rows");
  array.cols = upto(9, "cols");
  array.lanes = upto(4, "lanes");
  array.dataflow = one_of("dataflow", {Dataflow::os, Dataflow::ws, Dataflow::is});
  ScheduleConfig& schedule = p.architecture.schedule;
  schedule.resident = one_of("resident", {Resident::automatic, Resident::a, Resident::b, Resident::none});
  if (upto(3, "k_tile is set by 3") == 3) schedule.k_tile = upto(30, "k_tile");
  if (upto(3, "stream_tile is set by 3") == 3) schedule.stream_tile = upto(30, "stream_tile");
  const auto format = [](const char* name) {
    return operand_size(one_of(name, {OperandFormat::int4, OperandFormat::mxfp4, OperandFormat::nvfp4,
                                      OperandFormat::int8, OperandFormat::bf16, OperandFormat::fp32}));
  };
  p.shape.a_size = format("a format");
  p.shape.b_size = format("b format");
  const std::uint64_t elements = 2 * (512 + upto(900, "pairs of elements in a buffer, less 512"));
  p.architecture.a = {p.shape.a_size.bytes(elements), either("a double buffered"), 1, 8};
  p.architecture.b = {p.shape.b_size.bytes(elements), either("b double buffered"), 1, 8};
  if (upto(4, "samples are set by 4") == 4)
    (either("samples of a") ? p.shape.a_samples : p.shape.b_samples) = upto(3, "samples");
  return p;
}

// One operand's tile as the walk claims it: every use must lie between a load and a release.
struct TileState {
  bool loaded = false;
  Range tile;
  Range tile_k;
  void use(bool load, bool release, const Range& now, const Range& needed, const Range& now_k, const Range& needed_k) {
    RC_ASSERT(load != loaded);  // a tile is loaded exactly when there is none
    if (load) {
      tile = now;
      tile_k = now_k;
    }
    check(tile, now, needed);
    check(tile_k, now_k, needed_k);
    loaded = !release;
  }
  static void check(const Range& held, const Range& now, const Range& needed) {
    RC_ASSERT(held.first == now.first);
    RC_ASSERT(held.count == now.count);
    RC_ASSERT(held.first <= needed.first);
    RC_ASSERT(needed.first + needed.count <= held.first + held.count);
  }
};

// One unit of k more, or all of k, would not fit a slot, of either operand that passes.
void check_chunk_is_largest(const Problem& p, const Schedule& schedule) {
  const ArrayConfig& array = p.architecture.array;
  if (schedule.chunk() == p.shape.k || p.architecture.schedule.k_tile > 0) return;
  const std::uint64_t unit = array.dataflow == Dataflow::os ? array.lanes : std::uint64_t{array.rows} * array.lanes;
  const auto limits = [&](const OperandPlan& plan, const BufferConfig& buffer, const OperandSize& size) {
    const std::uint64_t more = std::min(p.shape.k, schedule.chunk() + unit);
    return !plan.resident && size.elements_in(buffer.slot_bytes()) / plan.panel < more;
  };
  RC_ASSERT(limits(schedule.a(), p.architecture.a, p.shape.a_size) ||
            limits(schedule.b(), p.architecture.b, p.shape.b_size));
}

void check(const Problem& p) {
  const Schedule schedule(p.architecture, p.shape);
  check_chunk_is_largest(p, schedule);
  std::map<std::array<std::uint64_t, 3>, std::uint64_t> covered;  // m, n, k * samples + sample -> times
  TileState a, b;
  std::uint64_t loaded_bytes = 0, folds = 0;
  bool open = false;
  Schedule::Walk walk(schedule);
  for (TileOp op; walk.next(op);) {
    RC_ASSERT(op.first != open);  // a fold runs from first to last without another between
    open = !op.last;
    folds += op.last ? 1 : 0;
    const ArrayConfig& array = p.architecture.array;
    const std::uint64_t k_rows = (op.k.count + array.lanes - 1) / array.lanes;
    RC_ASSERT((array.dataflow == Dataflow::os ? op.rows.count : k_rows) <= array.rows);
    RC_ASSERT((array.dataflow == Dataflow::is ? op.rows.count : op.cols.count) <= array.cols);
    a.use(op.load_a, op.release_a, op.a_tile, op.rows, op.a_tile_k, op.k);
    b.use(op.load_b, op.release_b, op.b_tile, op.cols, op.b_tile_k, op.k);
    const auto bytes = [&](const OperandPlan& plan, const OperandSize& size, const Range& tile, const Range& tile_k,
                           std::uint64_t samples) {
      return size.bytes(tile.count * (plan.resident ? p.shape.k * samples : tile_k.count));
    };
    RC_ASSERT(op.a_size == p.shape.a_size);
    RC_ASSERT(op.b_size == p.shape.b_size);
    const std::uint64_t a_bytes = bytes(schedule.a(), op.a_size, op.a_tile, op.a_tile_k, p.shape.a_samples),
                        b_bytes = bytes(schedule.b(), op.b_size, op.b_tile, op.b_tile_k, p.shape.b_samples);
    RC_ASSERT(a_bytes <= p.architecture.a.slot_bytes());
    RC_ASSERT(b_bytes <= p.architecture.b.slot_bytes());
    loaded_bytes += (op.load_a ? a_bytes : 0) + (op.load_b ? b_bytes : 0);
    for (std::uint64_t i = 0; i < op.rows.count; ++i)
      for (std::uint64_t j = 0; j < op.cols.count; ++j)
        for (std::uint64_t k = 0; k < op.k.count; ++k)
          ++covered[{op.rows.first + i, op.cols.first + j, (op.k.first + k) * p.shape.samples() + op.sample}];
  }
  RC_ASSERT_FALSE(a.loaded || b.loaded || open);
  RC_ASSERT(folds == schedule.out_tiles());
  RC_ASSERT(covered.size() == p.shape.m * p.shape.n * p.shape.k * p.shape.samples());
  for (const auto& [index, times] : covered) RC_ASSERT(times == 1U);
  // Tiles round up to a byte each; apart from that the prediction is exact.
  const bool whole_bytes = p.shape.a_size.bits_of_32 % 256 == 0 && p.shape.b_size.bits_of_32 % 256 == 0;
  const bool four_bits = p.shape.a_size == OperandSize{} && p.shape.b_size == OperandSize{};
  if (whole_bytes || (four_bits && p.shape.k % 2 == 0 && schedule.chunk() % 2 == 0))
    RC_ASSERT(loaded_bytes == schedule.load_bytes());
}

TEST(Schedule, CoversEveryProductOnceAndFitsTheBuffers) {
  test::check_property(500, [] { check(draw_problem()); });
}

TEST(Schedule, StationaryFoldsTakeRowsTimesLanesOfK) {
  Architecture a = test::ideal_architecture();
  a.array.lanes = 2;
  a.array.dataflow = Dataflow::ws;
  const Schedule ws(a, {100, 20, 40});
  EXPECT_EQ(ws.fold_k(), 16U);
  EXPECT_EQ(ws.a().panel, 100U) << "all of M streams past";
  EXPECT_EQ(ws.b().panel, 8U);
  a.array.dataflow = Dataflow::is;
  const Schedule is(a, {100, 20, 40});
  EXPECT_EQ(is.a().panel, 8U);
  EXPECT_EQ(is.b().panel, 20U);
}

TEST(Schedule, TheArchitectureMayChoose) {
  Architecture a = test::ideal_architecture();
  a.schedule.resident = Resident::b;
  EXPECT_TRUE(Schedule(a, {100, 60, 40}).b().resident);
  a.schedule.resident = Resident::none;
  const Schedule none(a, {100, 60, 40});
  EXPECT_FALSE(none.a().resident || none.b().resident);
  EXPECT_EQ(none.load_bytes(), (8 * 100 * 40 + 13 * 60 * 40) / 2U)
      << "A for each of 8 panels of B, B for each of 13 of A";
  a.schedule.k_tile = 13;
  EXPECT_EQ(Schedule(a, {100, 60, 40}).chunk(), 13U);
}

TEST(Schedule, ReadsBothOperandsOnceWhenTheyFit) {
  const Schedule schedule(test::ideal_architecture(), {100, 60, 40});
  EXPECT_EQ(schedule.load_bytes(), (100 * 40 + 60 * 40) / 2U);
}

// K need not be a multiple of what a fold takes.
TEST(Schedule, APanelThatFitsWithAllItsKStays) {
  Architecture a = test::ideal_architecture();
  a.array.dataflow = Dataflow::ws;
  a.a = {2 * 20 * 15 / 2, true, 1, 8};  // a half holds 20 x 15 codes
  a.schedule.resident = Resident::b;
  const Schedule schedule(a, {20, 24, 15});
  EXPECT_EQ(schedule.chunk(), 15U);
  EXPECT_EQ(schedule.load_bytes(), (20 * 15 + 24 * 15) / 2U);
}

// Of the samples' operand every sample is read once, of the other its only one.
TEST(Schedule, ASharedOperandStaysForEverySample) {
  for (const bool a_has_them : {false, true}) {
    GemmShape shape{100, 60, 40};
    (a_has_them ? shape.a_samples : shape.b_samples) = 3;
    EXPECT_EQ(Schedule(test::ideal_architecture(), shape).load_bytes(),
              (100 * 40 * shape.a_samples + 60 * 40 * shape.b_samples) / 2U);
  }
}

TEST(Schedule, KeepsTheOperandWhoseResidenceSavesMore) {
  Architecture a = test::ideal_architecture();
  a.a = a.b = {2 * 8 * 64 / 2, true, 1, 8};  // a half holds one panel of 8 x 64
  // 10 panels of A, 2 of B. A resident: A once, B 10 times: 10 + 20. B resident: B once, A twice: 2 + 20.
  const Schedule schedule(a, {80, 16, 64});
  EXPECT_TRUE(schedule.b().resident);
  EXPECT_EQ(schedule.load_bytes(), (16 * 64 + 2 * 80 * 64) / 2U);
}

}  // namespace
}  // namespace luqsim

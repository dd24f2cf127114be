#include "luqsim/sim/simulate.h"

#include <fstream>

#include "simulated_trace.h"

namespace luqsim {
namespace {

using test::find_check;
using test::shape_record;
using Simulate = test::SimulatedTrace;

TEST_F(Simulate, EveryTensorOfACorrectTraceIsBitExact) {
  const Trace trace = mixed_trace();
  for (const std::uint64_t buffer : {64U, 1024U, 1U << 20})
    for (const auto& [dataflow, double_buffered] :
         {std::pair(Dataflow::os, false), std::pair(Dataflow::os, true), std::pair(Dataflow::ws, false),
          std::pair(Dataflow::ws, true), std::pair(Dataflow::is, false), std::pair(Dataflow::is, true)}) {
      Architecture a = test::ideal_architecture();
      a.array.dataflow = dataflow;
      a.array.double_buffered_stationary = double_buffered;
      a.dram = {16, 20, 64, 3};
      a.a = a.b = {buffer, double_buffered, 4, 8};
      a.out = {8 * 8 * 4 * 2, double_buffered, 4, 8};
      a.array.double_buffered_accumulators = double_buffered;
      a.array.bprop_product = Product::shift;
      const RunResult result = simulate(a, trace);
      EXPECT_EQ(result.total.exact_tensors, result.total.tensors) << buffer;
      EXPECT_GE(result.total.tensors, 60U);
    }
}

TEST_F(Simulate, CyclesOfEveryUnitSumToTheRecordAndRecordsToTheTotal) {
  const Trace trace = mixed_trace();
  Architecture a = test::ideal_architecture();
  a.dram = {4, 50, 64, 8};
  const RunResult result = simulate(a, trace);
  std::uint64_t total = 0;
  for (const RecordResult& record : result.records) {
    total += record.cycles;
    EXPECT_LT(record.quantize_cycles, record.cycles);
    for (const UnitResult& unit : record.units) {
      std::uint64_t sum = 0;
      for (const auto& [activity, cycles] : unit.cycles) sum += cycles;
      EXPECT_EQ(sum, record.cycles) << record.id << " " << unit.unit;
    }
  }
  EXPECT_EQ(result.total.cycles, total);
}

TEST_F(Simulate, RepeatsExactly) {
  const Trace trace = mixed_trace();
  const Architecture a = test::ideal_architecture();
  const RunResult first = simulate(a, trace), second = simulate(a, trace);
  EXPECT_TRUE(first.records == second.records);
}

TEST_F(Simulate, OneFlippedBitIsFoundWithItsElementAndBothValues) {
  one_record("r0", {.m = 4, .n = 4, .k = 16});
  {
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    const auto offset = static_cast<std::streamoff>(test::tensor_offset(path_, "r0.out") + 4 * 13);
    file.seekg(offset);
    const auto low = static_cast<char>(file.get() ^ 1);
    file.seekp(offset);
    file.put(low);
  }
  const RunResult result = simulate(test::ideal_architecture(), Trace::open(path_));
  const TensorCheck& out = find_check(result.records[0], "out");
  EXPECT_EQ(out.mismatches, 1U);
  EXPECT_EQ(out.first_mismatch.find("element 13: expected 0x"), 0U) << out.first_mismatch;
  EXPECT_EQ(result.total.tensors - result.total.exact_tensors, 1U);
}

TEST_F(Simulate, ExactDesignsAgreeAndNarrowOnesDoNot) {
  const Trace trace = one_record("d", {.pass = Pass::dgrad, .m = 6, .n = 6, .k = 3000, .mean = 2});
  Architecture a = test::ideal_architecture();
  const auto mismatches = [&](Product product, AccumulatorKind kind) {
    a.array.bprop_product = product;
    a.array.accumulator.kind = kind;
    const RecordResult record = simulate(a, trace).records[0];
    const std::uint64_t differing = find_check(record, "out").mismatches;
    EXPECT_EQ(record.output_errors.max_ulp > 0, differing > 0);
    EXPECT_EQ(record.first_inexact_k > 0, differing > 0);
    return differing;
  };
  EXPECT_EQ(mismatches(Product::shift, AccumulatorKind::int32), 0U);
  EXPECT_EQ(mismatches(Product::mf_bprop, AccumulatorKind::int24), 0U);
  EXPECT_EQ(mismatches(Product::fp7_mul, AccumulatorKind::fp32), 0U);
  EXPECT_GT(mismatches(Product::shift, AccumulatorKind::bf16), 0U);
  EXPECT_GT(mismatches(Product::shift, AccumulatorKind::fp16), 0U);
  EXPECT_GT(mismatches(Product::shift, AccumulatorKind::chunk), 0U);
}

TEST_F(Simulate, UintActivationsDoNotSurviveFp7) {
  const Trace trace = one_record("w", {.pass = Pass::wgrad, .m = 6, .n = 6, .k = 300, .activation = Format::uint4});
  Architecture a = test::ideal_architecture();
  a.array.bprop_product = Product::mf_bprop;
  EXPECT_GT(find_check(simulate(a, trace).records[0], "out").mismatches, 0U);
}

TEST_F(Simulate, NonFiniteSourceIsAnErrorThatNamesIt) {
  one_record("r0", {.m = 4, .n = 4, .k = 16});
  const auto offset = static_cast<std::streamoff>(test::tensor_offset(path_, "r0.b.source") + 4 * 5);
  {
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(offset);
    const std::uint32_t nan = 0x7FC00000;
    file.write(reinterpret_cast<const char*>(&nan), sizeof nan);
  }
  try {
    simulate(test::ideal_architecture(), Trace::open(path_));
    FAIL() << "no error";
  } catch (const TraceError& e) {
    EXPECT_NE(std::string(e.what()).find("record r0, operand b, source r0.b.source: element 5 is nan"),
              std::string::npos)
        << e.what();
  }
}

TEST_F(Simulate, NoRecordBeatsItsRoofline) {
  const Trace trace = mixed_trace();
  for (const Dataflow dataflow : {Dataflow::os, Dataflow::ws, Dataflow::is}) {
    Architecture a = test::ideal_architecture();
    a.array.dataflow = dataflow;
    a.array.double_buffered_accumulators = a.array.double_buffered_stationary = true;
    a.dram = {8, 10, 64, 16};
    const RunResult result = simulate(a, trace);
    for (const RecordResult& record : result.records) {
      EXPECT_LE(record.compute_bound_cycles, record.cycles) << record.id;
      EXPECT_LE(record.dram_bound_cycles, record.cycles) << record.id;
    }
    EXPECT_GT(result.total.bound_ratio, 0.3);
    EXPECT_LE(result.total.bound_ratio, 1.0);
  }
}

TEST_F(Simulate, LayersAndPassesAddUpToTheTotal) {
  const RunResult result = simulate(test::ideal_architecture(), mixed_trace());
  for (const auto* parts : {&result.passes, &result.layers}) {
    Summary sum;
    for (const Summary& part : *parts) {
      sum.records += part.records;
      sum.macs += part.macs;
      sum.cycles += part.cycles;
      sum.bound_cycles += part.bound_cycles;
      for (const UnitResult& unit : part.units) {
        std::uint64_t cycles = 0;
        for (const auto& [activity, count] : unit.cycles) cycles += count;
        EXPECT_EQ(cycles, part.cycles) << part.name << " " << unit.unit;
      }
    }
    EXPECT_EQ(sum.records, result.total.records);
    EXPECT_EQ(sum.macs, result.total.macs);
    EXPECT_EQ(sum.cycles, result.total.cycles);
    EXPECT_EQ(sum.bound_cycles, result.total.bound_cycles);
  }
}

// Skipping changes cycles and nothing else; groups of zeros cost nothing, a queue of one step keeps groups together.
TEST_F(Simulate, SkippingSavesCyclesWhereDataIsZero) {
  const Trace trace = one_record("f", {.m = 64, .n = 64, .k = 256, .activation = Format::uint4, .mean = -2});
  Architecture a = test::ideal_architecture();
  const auto run = [&](ZeroSkip zero_skip, std::uint32_t group, std::uint32_t queue) {
    a.array.zero_skip = zero_skip;
    a.array.skip_group = group;
    a.array.skip_queue = queue;
    const RunResult result = simulate(a, trace);
    EXPECT_EQ(result.total.exact_tensors, result.total.tensors);
    return result.records[0];
  };
  const RecordResult none = run(ZeroSkip::none, 1, 8), gate = run(ZeroSkip::gate, 1, 8);
  EXPECT_EQ(gate.cycles, none.cycles);
  EXPECT_EQ(gate.active_macs, none.active_macs);
  const RecordResult skip = run(ZeroSkip::skip, 1, 32), lock_step = run(ZeroSkip::skip, 1, 1),
                     wide = run(ZeroSkip::skip, 4, 32);
  EXPECT_GT(none.a_zero_fraction, 0.8);
  EXPECT_LT(skip.cycles, none.cycles / 2);
  EXPECT_EQ(none.compute_bound_cycles, none.macs / 64);
  EXPECT_EQ(gate.compute_bound_cycles, none.macs / 64);
  EXPECT_EQ(skip.compute_bound_cycles, (none.active_macs + 63) / 64);
  EXPECT_LE(skip.compute_bound_cycles, skip.cycles);
  EXPECT_LT(skip.cycles, wide.cycles);
  EXPECT_LT(skip.cycles, lock_step.cycles);
  EXPECT_EQ(skip.skipped_steps, lock_step.skipped_steps);
  EXPECT_NEAR(static_cast<double>(skip.skipped_steps) / static_cast<double>(skip.steps), skip.a_zero_fraction, 1e-9);
}

TEST(Memory, DataArrivesItsLatencyAfterTheBus) {
  const Trace trace = Trace::of_shapes("shapes", {.backend = "cpu"}, {shape_record(8, 8, 8)});
  Architecture a = test::ideal_architecture();
  a.dram = {64, 0, 64, 200};
  const std::uint64_t at_once = simulate(a, trace).total.cycles;
  a.dram.latency_cycles = 100;
  EXPECT_EQ(simulate(a, trace).total.cycles, at_once + 100);
}

}  // namespace
}  // namespace luqsim

#include "luqsim/sim/simulate.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <fstream>
#include <limits>

#include <gtest/gtest.h>
#include <unistd.h>

#include "luqsim/traces/operand.h"

#include "bench.h"
#include "check.h"
#include "random_trace.h"
#include "sanitizer.h"

namespace luqsim {
namespace {

namespace fs = std::filesystem;
using test::RandomGemm;

class Simulate : public testing::Test {
 protected:
  void TearDown() override { fs::remove(path_); }

  template <class Fill>
  Trace make_trace(Fill fill) {
    TraceWriter writer(path_, {.backend = "cpu"});
    fill(writer);
    writer.commit();
    return Trace::open(path_);
  }

  Trace mixed_trace() {
    return make_trace([this](TraceWriter& writer) {
      int id = 0;
      for (const Pass pass : {Pass::fprop, Pass::dgrad, Pass::wgrad}) {
        test::add_random_record(writer, std::to_string(id++), {.pass = pass, .m = 20, .n = 13, .k = 37}, random_);
        test::add_random_record(writer, std::to_string(id++), {.pass = pass, .m = 8, .n = 8, .k = 1}, random_);
      }
      test::add_random_record(writer, "smp", {.pass = Pass::wgrad, .m = 17, .n = 9, .k = 21, .samples = 3}, random_);
      test::add_random_record(writer, "uint4",
                              {.pass = Pass::wgrad, .m = 9, .n = 9, .k = 30, .activation = Format::uint4}, random_);
      test::add_random_record(writer, "hindsight", {.pass = Pass::dgrad, .m = 9, .n = 9, .k = 30, .hindsight = true},
                              random_);
      test::add_random_record(writer, "pow2",
                              {.pass = Pass::dgrad, .m = 9, .n = 9, .k = 30, .luq = {.alpha = Alpha::pow2}}, random_);
      test::add_random_convolution(writer, "conv", random_);
    });
  }

  fs::path path_ = fs::path(testing::TempDir()) / ("luqsim_simulate_" + std::to_string(::getpid()) + ".safetensors");
  std::mt19937 random_{5};
};

const TensorCheck& find_check(const RecordResult& record, const std::string& tensor) {
  return *std::ranges::find(record.checks, tensor, &TensorCheck::tensor);
}

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
  ASSERT_EQ(first.records.size(), second.records.size());
  for (std::size_t i = 0; i < first.records.size(); ++i) {
    EXPECT_EQ(first.records[i].cycles, second.records[i].cycles);
    for (std::size_t u = 0; u < first.records[i].units.size(); ++u)
      EXPECT_EQ(first.records[i].units[u].cycles, second.records[i].units[u].cycles);
  }
}

TEST_F(Simulate, OneFlippedBitIsFoundWithItsElementAndBothValues) {
  make_trace(
      [this](TraceWriter& writer) { test::add_random_record(writer, "r0", {.m = 4, .n = 4, .k = 16}, random_); });
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
  const Trace trace = make_trace([this](TraceWriter& writer) {
    test::add_random_record(writer, "d", {.pass = Pass::dgrad, .m = 6, .n = 6, .k = 3000, .mean = 2}, random_);
  });
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
  const Trace trace = make_trace([this](TraceWriter& writer) {
    test::add_random_record(writer, "w", {.pass = Pass::wgrad, .m = 6, .n = 6, .k = 300, .activation = Format::uint4},
                            random_);
  });
  Architecture a = test::ideal_architecture();
  a.array.bprop_product = Product::mf_bprop;
  EXPECT_GT(find_check(simulate(a, trace).records[0], "out").mismatches, 0U);
}

TEST_F(Simulate, NonFiniteSourceIsAnErrorThatNamesIt) {
  SKIP_WHERE_PROCESSES_THROW();
  make_trace(
      [this](TraceWriter& writer) { test::add_random_record(writer, "r0", {.m = 4, .n = 4, .k = 16}, random_); });
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

TEST_F(Simulate, QuantizationPassesMoveTheirBytes) {
  const Trace trace = make_trace([this](TraceWriter& writer) {
    test::add_random_record(writer, "exact", {.pass = Pass::dgrad, .m = 32, .n = 32, .k = 32}, random_);
    test::add_random_record(writer, "hindsight", {.pass = Pass::dgrad, .m = 32, .n = 32, .k = 32, .hindsight = true},
                            random_);
  });
  Architecture a = test::ideal_architecture();
  a.dram = {64, 10, 64, 16};
  const RunResult result = simulate(a, trace);
  const std::uint64_t n = 32 * 32, fp32 = 4 * n, codes = n / 2, out = 4 * n;
  // W: written, read for its moments, read to be quantized. D: written and read, or quantized as it arrives.
  EXPECT_EQ(result.records[0].dram_write_bytes, (fp32 + codes) + (fp32 + codes) + out);
  EXPECT_EQ(result.records[0].dram_read_bytes, 2 * fp32 + fp32 + 2 * codes);
  EXPECT_EQ(result.records[1].dram_write_bytes, (fp32 + codes) + codes + out);
  EXPECT_EQ(result.records[1].dram_read_bytes, 2 * fp32 + 2 * codes);
  EXPECT_LT(result.records[1].quantize_cycles, result.records[0].quantize_cycles);
}

TEST_F(Simulate, ADesignWithExactMaximaIgnoresRecordedEstimates) {
  const Trace trace = make_trace([this](TraceWriter& writer) {
    test::add_random_record(writer, "d", {.pass = Pass::dgrad, .m = 16, .n = 8, .k = 16, .hindsight = true}, random_);
  });
  Architecture a = test::ideal_architecture();
  EXPECT_EQ(find_check(simulate(a, trace).records[0], "a scale").mismatches, 0U);
  const std::uint64_t on_the_fly = simulate(a, trace).records[0].quantize_read_bytes;
  a.quantizer.stat = Statistic::exact;
  const RecordResult exact = simulate(a, trace).records[0];
  EXPECT_EQ(find_check(exact, "a scale").mismatches, 1U) << "the estimate was not the maximum";
  EXPECT_GT(exact.quantize_read_bytes, on_the_fly);
}

// What a design does in its own way shows: in the codes, in the bytes and in the cycles.
TEST_F(Simulate, QuantizerOptionsReplaceWhatTheTraceRecorded) {
  const Trace trace = make_trace([this](TraceWriter& writer) {
    test::add_random_record(writer, "d", {.pass = Pass::dgrad, .m = 32, .n = 8, .k = 32}, random_);
  });
  Architecture a = test::ideal_architecture();
  a.dram = {64, 10, 64, 16};
  const RunResult recorded = simulate(a, trace);
  const std::uint64_t n = 32 * 32;
  const auto mismatches = [&](const QuantizerConfig& quantizer) {
    a.quantizer = quantizer;
    return find_check(simulate(a, trace).records[0], "a codes").mismatches;
  };
  EXPECT_EQ(mismatches({.units = 1, .lanes = 8}), 0U);
  EXPECT_EQ(mismatches({.units = 1, .lanes = 8, .rng_bits = 16, .alpha = Alpha::max, .stat = Statistic::exact}), 0U);
  EXPECT_GT(mismatches({.units = 1, .lanes = 8, .rng = Rng::lfsr16}), n / 20);
  EXPECT_GT(mismatches({.units = 1, .lanes = 8, .rng_bits = 4}), 0U);
  EXPECT_GT(mismatches({.units = 1, .lanes = 8, .alpha = Alpha::pow2}), 0U);
  // The stream's step is 5: with 2 steps to a set of numbers it reads those of step 4, with 5 it makes new ones.
  a.quantizer = {.units = 1, .lanes = 8, .reuse = 2};
  const RecordResult shared = simulate(a, trace).records[0];
  EXPECT_GT(find_check(shared, "a codes").mismatches, 0U);
  EXPECT_EQ(shared.quantize_read_bytes, recorded.records[0].quantize_read_bytes + 2 * n);
  a.quantizer.reuse = 5;
  EXPECT_EQ(simulate(a, trace).records[0].quantize_write_bytes, recorded.records[0].quantize_write_bytes + 2 * n);
}

TEST_F(Simulate, ADesignsOwnHindsightLearnsFromEarlierRecords) {
  // Two records of one tensor stream: the first has no earlier maximum, the second quantizes on the fly.
  const Trace trace = make_trace([this](TraceWriter& writer) {
    std::mt19937 same(7);
    test::add_random_record(writer, "step0", {.pass = Pass::dgrad, .m = 16, .n = 8, .k = 16}, same);
    same.seed(7);
    test::add_random_record(writer, "step1", {.pass = Pass::dgrad, .m = 16, .n = 8, .k = 16}, same);
  });
  Architecture a = test::ideal_architecture();
  a.quantizer.stat = Statistic::hindsight;
  const RunResult result = simulate(a, trace);
  EXPECT_LT(result.records[1].quantize_cycles, result.records[0].quantize_cycles);
  EXPECT_EQ(find_check(result.records[0], "a codes").mismatches, 0U);
  // The estimate is the same tensor's own maximum, so even the codes agree.
  EXPECT_EQ(find_check(result.records[1], "a codes").mismatches, 0U);
}

TEST_F(Simulate, SamplesInParallelSaveThePasses) {
  const Trace trace = make_trace([this](TraceWriter& writer) {
    test::add_random_record(writer, "w", {.pass = Pass::wgrad, .m = 16, .n = 16, .k = 64, .samples = 4}, random_);
  });
  Architecture a = test::ideal_architecture();
  a.dram = {64, 10, 64, 16};
  const RunResult serial = simulate(a, trace);
  a.quantizer.smp = Smp::parallel;
  const RunResult parallel = simulate(a, trace);
  EXPECT_EQ(parallel.total.exact_tensors, parallel.total.tensors);
  EXPECT_LT(parallel.records[0].quantize_cycles, serial.records[0].quantize_cycles);
  EXPECT_EQ(serial.records[0].quantize_read_bytes - parallel.records[0].quantize_read_bytes, 3 * 64 * 16 * 4U);
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

TEST_F(Simulate, ActiveMacsAreThoseWithoutAZeroOperand) {
  const Trace trace = mixed_trace();
  const RunResult result = simulate(test::ideal_architecture(), trace);
  for (std::size_t r = 0; r < result.records.size(); ++r) {
    const Record& record = trace.records()[r];
    std::uint64_t active = 0;
    for (std::size_t s = 0; s < record.samples(); ++s) {
      std::vector<std::int8_t> a(record.m * record.k), b(record.k * record.n);
      read_block(record.a, trace.codes(record.a, s % record.a.codes.size()), 0, record.m, 0, record.k, a);
      read_block(record.b, trace.codes(record.b, s % record.b.codes.size()), 0, record.k, 0, record.n, b);
      for (std::size_t i = 0; i < record.m; ++i)
        for (std::size_t j = 0; j < record.n; ++j)
          for (std::size_t k = 0; k < record.k; ++k)
            active += a[i * record.k + k] != 0 && b[k * record.n + j] != 0 ? 1 : 0;
    }
    EXPECT_EQ(result.records[r].active_macs, active) << record.id;
    if (record.a.view != View::direct) continue;
    int toggles = 0;
    const CodeView a_codes = trace.codes(record.a);
    for (std::size_t i = 0; i < record.m; ++i)
      for (std::size_t k = 1; k < record.k; ++k)
        toggles += std::popcount(static_cast<unsigned>(a_codes.code(i, k) ^ a_codes.code(i, k - 1)));
    const double pairs = 4 * static_cast<double>(record.m * (record.k - 1));
    EXPECT_NEAR(result.records[r].a_toggle_rate, pairs == 0 ? 0 : toggles / pairs, 1e-12) << record.id;
  }
}

// Skipping changes cycles and nothing else; groups of zeros cost nothing, a queue of one step keeps groups together.
TEST_F(Simulate, SkippingSavesCyclesWhereDataIsZero) {
  const Trace trace = make_trace([this](TraceWriter& writer) {
    test::add_random_record(writer, "f", {.m = 64, .n = 64, .k = 256, .activation = Format::uint4, .mean = -2},
                            random_);
  });
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
  EXPECT_LT(skip.cycles, wide.cycles);
  EXPECT_LT(skip.cycles, lock_step.cycles);
  EXPECT_EQ(skip.skipped_steps, lock_step.skipped_steps);
  EXPECT_NEAR(static_cast<double>(skip.skipped_steps) / static_cast<double>(skip.steps), skip.a_zero_fraction, 1e-9);
}

Record shape_record(std::uint64_t m, std::uint64_t n, std::uint64_t k) {
  Record record{.id = "gemm", .m = m, .n = n, .k = k};
  record.a.rows = m;
  record.a.cols = record.b.rows = k;
  record.b.cols = n;
  return record;
}

const UnitResult& unit_of(const RecordResult& record, const std::string& name) {
  return *std::ranges::find(record.units, name, &UnitResult::unit);
}

TEST(Memory, DataArrivesItsLatencyAfterTheBus) {
  const Trace trace = Trace::of_shapes("shapes", {.backend = "cpu"}, {shape_record(8, 8, 8)});
  Architecture a = test::ideal_architecture();
  a.dram = {64, 0, 64, 200};
  const std::uint64_t at_once = simulate(a, trace).total.cycles;
  a.dram.latency_cycles = 100;
  EXPECT_EQ(simulate(a, trace).total.cycles, at_once + 100);
}

TEST(Quantizer, APartOfTheLanesTakesACycleToo) {
  Record record = shape_record(5, 2, 2);
  record.a.quantization = LuqQuantization{};
  record.a.format = Format::fp4_e3m0;
  const Trace trace = Trace::of_shapes("shapes", {.backend = "cpu"}, {record});
  Architecture a = test::ideal_architecture();
  a.quantizer = {.units = 2, .lanes = 4};
  // 10 elements, 8 a cycle, statistics and quantize.
  EXPECT_EQ(unit_of(simulate(a, trace).records[0], "quantizer").cycles.at("busy"), 4U);
  a.quantizer.lanes = 5;
  EXPECT_EQ(unit_of(simulate(a, trace).records[0], "quantizer").cycles.at("busy"), 2U);
}

TEST(ValueChecks, TheFirstMismatchIsTheOneWithTheSmallestIndex) {
  ValueCheck check("out");
  const std::vector<float> expected{1, 2, 3, 4}, got{1, 7, 3, 8};
  check.add(100, expected, got);
  check.add(20, expected, got);
  check.add(60, expected, got);
  EXPECT_EQ(check.result().mismatches, 6U);
  EXPECT_EQ(check.result().elements, 12U);
  EXPECT_EQ(check.result().first_mismatch.find("element 21: expected 0x40000000 (2), got 0x40e00000 (7)"), 0U)
      << check.result().first_mismatch;
}

TEST(ValueChecks, ErrorsAreDistancesBetweenBinary32Values) {
  const float one_up = std::nextafter(1.0F, 2.0F), tiny = std::numeric_limits<float>::denorm_min();
  const float infinity = std::numeric_limits<float>::infinity();
  ValueCheck check("out");
  check.add(0, std::vector<float>{1, 1, tiny, 8, 2, 0, 5},
            std::vector<float>{1, one_up, -tiny, 16, infinity, -0.0F, 5});
  const OutputErrors errors = check.errors();
  EXPECT_EQ(check.result().mismatches, 5U);
  EXPECT_EQ(errors.non_finite, 1U);
  EXPECT_EQ(errors.max_ulp, 1U << 23) << "from 8 to 16";
  std::vector<std::uint64_t> counts(24);
  counts[0] = counts[1] = counts[23] = 1;  // 1, 2 (past zero), 2^23
  EXPECT_EQ(errors.ulp_counts, counts);
  EXPECT_EQ(errors.mean_ulp, (1 + 2 + 8388608) / 7.0);
  const double step = static_cast<double>(one_up) - 1, small = 2.0 * static_cast<double>(tiny);
  EXPECT_DOUBLE_EQ(*errors.snr_db, 10 * std::log10((1 + 1 + 64 + 4 + 25) / (step * step + small * small + 64)));

  ValueCheck exact("out");
  exact.add(0, std::vector<float>{1, 2}, std::vector<float>{1, 2});
  EXPECT_EQ(exact.errors(), OutputErrors{});
}

TEST_F(Simulate, CodesAreCountedAsInspectDoes) {
  const Trace trace = mixed_trace();
  const RunResult result = simulate(test::ideal_architecture(), trace);
  for (std::size_t i = 0; i < result.records.size(); ++i) {
    const Record& record = trace.records()[i];
    std::vector<std::uint64_t> counts(16);
    for (std::size_t s = 0; s < record.b.codes.size(); ++s) {
      const CodeView codes = trace.codes(record.b, s);
      for (std::size_t row = 0; row < codes.rows; ++row)
        for (std::size_t col = 0; col < codes.cols; ++col) ++counts[codes.code(row, col)];
    }
    EXPECT_EQ(result.records[i].b_histogram, counts) << record.id;
  }
}

TEST_F(Simulate, EnergyFollowsEventsAndOperands) {
  const Trace trace = make_trace([this](TraceWriter& writer) {
    test::add_random_record(writer, "f", {.m = 64, .n = 64, .k = 256, .activation = Format::uint4, .mean = -2},
                            random_);
  });
  Architecture a = test::ideal_architecture();
  const RecordResult dense = simulate(a, trace).records[0];
  a.array.zero_skip = ZeroSkip::gate;
  const RecordResult gated = simulate(a, trace).records[0];
  EXPECT_EQ(gated.cycles, dense.cycles);
  EXPECT_NEAR(gated.energy.at("products") / dense.energy.at("products"),
              static_cast<double>(dense.active_macs) / static_cast<double>(dense.macs), 1e-9);
  EXPECT_EQ(gated.energy.at("dram"), dense.energy.at("dram"));
  EXPECT_NEAR(dense.energy.at("dram"), static_cast<double>(dense.dram_read_bytes + dense.dram_write_bytes) * 162.5, 1);
  EXPECT_LT(dense.a_toggle_rate, 0.15) << "mostly zeros: few bits change from one k to the next";
  EXPECT_GT(dense.b_toggle_rate, 2 * dense.a_toggle_rate);
  // Loads in, codes out of both scratchpads for each of the 8 x 8 folds; sums in and out.
  EXPECT_EQ(dense.sram_a_bytes + dense.sram_b_bytes,
            2 * 8U * 64 * 256 / 2 + dense.dram_read_bytes + dense.quantize_read_bytes);
  EXPECT_EQ(dense.sram_out_bytes, 2 * 64 * 64 * 4 + 2 * dense.quantize_write_bytes);
}

}  // namespace
}  // namespace luqsim

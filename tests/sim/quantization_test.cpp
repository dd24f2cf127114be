// What quantizing in memory costs, and what a design's own quantizer options change.
#include "simulated_trace.h"

namespace luqsim {
namespace {

using test::find_check;
using test::find_unit;
using test::shape_record;
using Quantization = test::SimulatedTrace;

TEST_F(Quantization, QuantizationPassesMoveTheirBytes) {
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

TEST_F(Quantization, ADesignWithExactMaximaIgnoresRecordedEstimates) {
  const Trace trace = one_record("d", {.pass = Pass::dgrad, .m = 16, .n = 8, .k = 16, .hindsight = true});
  Architecture a = test::ideal_architecture();
  EXPECT_EQ(find_check(simulate(a, trace).records[0], "a scale").mismatches, 0U);
  const std::uint64_t on_the_fly = simulate(a, trace).records[0].quantize_read_bytes;
  a.quantizer.stat = Statistic::exact;
  const RecordResult exact = simulate(a, trace).records[0];
  EXPECT_EQ(find_check(exact, "a scale").mismatches, 1U) << "the estimate was not the maximum";
  EXPECT_GT(exact.quantize_read_bytes, on_the_fly);
}

// What a design does in its own way shows: in the codes, in the bytes and in the cycles.
TEST_F(Quantization, QuantizerOptionsReplaceWhatTheTraceRecorded) {
  const Trace trace = one_record("d", {.pass = Pass::dgrad, .m = 32, .n = 8, .k = 32});
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

// Of the records of four steps, each with a gradient, by their shapes.
std::vector<double> energy_of_steps(std::uint32_t reuse, std::uint32_t samples, const std::string& part) {
  std::vector<Record> records;
  for (std::uint64_t step = 0; step < 4; ++step) {
    records.push_back(shape_record(8, 8, 16));
    Record& record = records.back();
    record.id = std::to_string(step);
    record.step = step;
    record.pass = Pass::wgrad;
    record.b.format = Format::fp4_e3m0;
    record.b.quantization = LuqQuantization{};
  }
  Architecture a = test::ideal_architecture();
  a.dram = {64, 10, 64, 16};
  a.quantizer.reuse = reuse;
  a.quantizer.samples = samples;
  std::vector<double> energy;
  for (const RecordResult& r : simulate(a, Trace::of_shapes("shapes", {.backend = "cpu"}, records)).records)
    energy.push_back(r.energy.at(part));
  return energy;
}

// Steps that read what an earlier one stored pay for the bytes alone; their lanes round as all do.
TEST(SharedRandomNumbers, CostTheEnergyOfTheirMakingOnce) {
  const double made = energy_of_steps(1, 1, "random numbers").front();
  EXPECT_GT(made, 0);
  using Steps = std::vector<double>;
  EXPECT_EQ(energy_of_steps(1, 1, "random numbers"), Steps({made, made, made, made}));
  EXPECT_EQ(energy_of_steps(2, 1, "random numbers"), Steps({made, 0, made, 0}));
  EXPECT_EQ(energy_of_steps(3, 2, "random numbers"), Steps({2 * made, 0, 0, 2 * made}));
  EXPECT_EQ(energy_of_steps(2, 1, "quantizers"), energy_of_steps(1, 1, "quantizers"));
  const Steps once = energy_of_steps(1, 1, "dram"), shared = energy_of_steps(2, 1, "dram");
  for (std::size_t step = 0; step < once.size(); ++step) EXPECT_GT(shared[step], once[step]) << step;
}

TEST_F(Quantization, ADesignsOwnHindsightLearnsFromEarlierRecords) {
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

TEST_F(Quantization, SamplesInParallelSaveThePasses) {
  const Trace trace = one_record("w", {.pass = Pass::wgrad, .m = 16, .n = 16, .k = 64, .samples = 4});
  Architecture a = test::ideal_architecture();
  a.dram = {64, 10, 64, 16};
  const RunResult serial = simulate(a, trace);
  a.quantizer.samples = 4;
  a.quantizer.smp = Smp::parallel;
  const RunResult parallel = simulate(a, trace);
  EXPECT_EQ(parallel.total.exact_tensors, parallel.total.tensors);
  EXPECT_LT(parallel.records[0].quantize_cycles, serial.records[0].quantize_cycles);
  EXPECT_EQ(serial.records[0].quantize_read_bytes - parallel.records[0].quantize_read_bytes, 3 * 64 * 16 * 4U);
}

TEST_F(Quantization, APartOfTheLanesTakesACycleToo) {
  Record record = shape_record(5, 2, 2);
  record.a.quantization = LuqQuantization{};
  record.a.format = Format::fp4_e3m0;
  const Trace trace = Trace::of_shapes("shapes", {.backend = "cpu"}, {record});
  Architecture a = test::ideal_architecture();
  a.quantizer = {.units = 2, .lanes = 4};
  const auto busy_cycles = [&] {
    const RunResult result = simulate(a, trace);
    return find_unit(result.records[0], "quantizer").cycles.at("busy");
  };
  EXPECT_EQ(busy_cycles(), 4U) << "10 elements, 8 a cycle, statistics and quantize";
  a.quantizer.lanes = 5;
  EXPECT_EQ(busy_cycles(), 2U);
}

}  // namespace
}  // namespace luqsim

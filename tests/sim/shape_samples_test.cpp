// Several samples of a gradient (SMP) in records without codes, where the design says how many: exact cycles, bytes and
// MACs.
#include "simulated_trace.h"

namespace luqsim {
namespace {

using test::find_unit;
using test::shape_record;

constexpr std::uint64_t m = 8, n = 8, k = 16;                       // a fold of 8 x 8 PEs
constexpr std::uint64_t elements = k * n;                           // of the gradient
constexpr std::uint64_t fp32 = 4 * elements, codes = elements / 2;  // bytes
constexpr std::uint64_t pass_cycles = elements / 8;                 // 8 lanes
constexpr std::uint64_t counts[] = {1, 2, 255};

Trace trace(Pass pass) {
  Record record = shape_record(m, n, k);
  record.pass = pass;
  Operand& gradient = pass == Pass::wgrad ? record.b : record.a;
  gradient.format = Format::fp4_e3m0;
  gradient.quantization = LuqQuantization{};
  return Trace::of_shapes("shapes", {.backend = "cpu"}, {record});
}

struct Design {
  Statistic statistic = Statistic::exact;
  Smp smp = Smp::serial;
};

RecordResult run(std::uint64_t samples, const Design& design, const DramConfig& dram, Pass pass = Pass::wgrad) {
  Architecture a = test::ideal_architecture();
  a.dram = dram;
  a.quantizer.samples = static_cast<std::uint32_t>(samples);
  a.quantizer.stat = design.statistic;
  a.quantizer.smp = design.smp;
  const RunResult result = simulate(a, trace(pass));
  return result.records[0];
}

// A transfer takes a cycle, whatever its size.
RecordResult timed(std::uint64_t samples, const Design& design) {
  return run(samples, design, test::ideal_architecture().dram);
}

// Bursts that divide every tensor.
RecordResult counted(std::uint64_t samples, const Design& design, Pass pass = Pass::wgrad) {
  return run(samples, design, {.bytes_per_cycle = 64, .latency_cycles = 10, .burst_bytes = 16, .outstanding = 64},
             pass);
}

// Two loads, one fold of all samples' steps, 2r + c + K - 2, and the store.
std::uint64_t gemm_cycles(std::uint64_t samples) { return 2 + (2 * 8 + 8 + samples * k - 2) + 1; }

// A pass that reads waits a cycle for its load, and each pass ends with its store.
TEST(ShapeSamples, AnExactMaximumCostsAPassMoreThanTheSamples) {
  for (const std::uint64_t samples : counts) {
    const RecordResult r = timed(samples, {Statistic::exact});
    EXPECT_EQ(r.samples, samples);
    EXPECT_EQ(r.macs, samples * m * n * k);
    EXPECT_EQ(find_unit(r, "quantizer").cycles.at("busy"), (1 + samples) * pass_cycles);
    EXPECT_EQ(r.quantize_cycles, pass_cycles + 1 + samples * (1 + pass_cycles + 1));
    EXPECT_EQ(r.cycles, r.quantize_cycles + gemm_cycles(samples));
  }
}

TEST(ShapeSamples, HindsightMakesTheFirstSampleOnTheFly) {
  for (const std::uint64_t samples : counts) {
    const RecordResult r = timed(samples, {Statistic::hindsight});
    EXPECT_EQ(r.macs, samples * m * n * k);
    EXPECT_EQ(find_unit(r, "quantizer").cycles.at("busy"), samples * pass_cycles);
    EXPECT_EQ(r.quantize_cycles, pass_cycles + 1 + (samples - 1) * (1 + pass_cycles + 1));
    EXPECT_EQ(r.cycles, r.quantize_cycles + gemm_cycles(samples));
  }
}

TEST(ShapeSamples, InParallelTheyTakeOnePass) {
  for (const std::uint64_t samples : counts) {
    const RecordResult exact = timed(samples, {Statistic::exact, Smp::parallel}),
                       hindsight = timed(samples, {Statistic::hindsight, Smp::parallel});
    EXPECT_EQ(exact.macs, samples * m * n * k);
    EXPECT_EQ(exact.quantize_cycles, pass_cycles + 1 + 1 + pass_cycles + 1);
    EXPECT_EQ(exact.cycles, exact.quantize_cycles + gemm_cycles(samples));
    EXPECT_EQ(hindsight.quantize_cycles, pass_cycles + 1);
    EXPECT_EQ(hindsight.cycles, hindsight.quantize_cycles + gemm_cycles(samples));
  }
}

TEST(ShapeSamples, BytesOfEveryPassAndSample) {
  for (const std::uint64_t samples : counts)
    for (const Design& design :
         {Design{Statistic::exact, Smp::serial}, Design{Statistic::hindsight, Smp::serial},
          Design{Statistic::exact, Smp::parallel}, Design{Statistic::hindsight, Smp::parallel}}) {
      const RecordResult r = counted(samples, design);
      const std::uint64_t quantizing = design.smp == Smp::parallel ? 1 : samples;
      const std::uint64_t read_back = design.statistic == Statistic::hindsight ? quantizing - 1 : quantizing;
      EXPECT_EQ(r.quantize_read_bytes, read_back * fp32) << samples;
      EXPECT_EQ(r.quantize_write_bytes, (read_back > 0 ? fp32 : 0) + samples * codes) << samples;
      // The shared operand stays in its scratchpad for all samples of the gradient.
      EXPECT_EQ(r.dram_read_bytes - r.quantize_read_bytes, m * k / 2 + samples * codes) << samples;
      EXPECT_EQ(r.dram_write_bytes - r.quantize_write_bytes, 4 * m * n) << samples;
    }
}

// More samples take time and energy; the work is that of one.
TEST(ShapeSamples, ThroughputCountsAGemmOnce) {
  Architecture a = test::ideal_architecture();
  a.quantizer.samples = 3;
  const Summary total = simulate(a, trace(Pass::wgrad)).total;
  EXPECT_EQ(total.macs, 3 * m * n * k);
  EXPECT_EQ(total.useful_macs, m * n * k);
  const double cycles = static_cast<double>(total.cycles);
  EXPECT_DOUBLE_EQ(total.tera_ops, 2e-3 * a.clock_ghz * static_cast<double>(m * n * k) / cycles);
  EXPECT_DOUBLE_EQ(total.utilization, static_cast<double>(3 * m * n * k) / (64 * cycles));
}

// All samples are made where the gradient is first needed; only wgrad sums them.
TEST(ShapeSamples, DgradMultipliesOneOfThem) {
  const RecordResult one = counted(1, {}, Pass::dgrad), three = counted(3, {}, Pass::dgrad);
  EXPECT_EQ(three.samples, 1U);
  EXPECT_EQ(three.macs, one.macs);
  EXPECT_EQ(three.dram_read_bytes - three.quantize_read_bytes, one.dram_read_bytes - one.quantize_read_bytes);
  EXPECT_EQ(three.quantize_write_bytes, fp32 + 3 * codes);
}

}  // namespace
}  // namespace luqsim

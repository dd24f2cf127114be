#include <gtest/gtest.h>

#include "luqsim/sim/simulate.h"

#include "bench.h"
#include "scalesim_known_answers.h"
#include "simulated_trace.h"

namespace luqsim {
namespace {

TEST(ScaleSim, ReportsTheCyclesThatScaleSimReported) {
  for (const test::ScaleSimAnswer& answer : test::scalesim_answers) {
    Architecture a = test::ideal_architecture();
    a.compat = Compat::scalesim;
    a.array.dataflow = *from_name<Dataflow>(answer.dataflow);
    a.array.rows = static_cast<std::uint32_t>(answer.rows);
    a.array.cols = static_cast<std::uint32_t>(answer.cols);
    Record record{.id = "layer", .m = answer.m, .n = answer.n, .k = answer.k};
    record.a.rows = answer.m;
    record.a.cols = record.b.rows = answer.k;
    record.b.cols = answer.n;
    const RunResult result = simulate(a, Trace::of_shapes("layers.csv", {.backend = "cpu"}, {record}));
    EXPECT_EQ(result.total.cycles, answer.cycles)
        << answer.dataflow << " " << answer.m << " " << answer.n << " " << answer.k;
    EXPECT_EQ(result.compat, "scalesim");
    std::uint64_t sum = 0;
    for (const auto& [activity, cycles] : result.records[0].units[0].cycles) sum += cycles;
    EXPECT_EQ(sum, answer.cycles);
  }
}

// Layers without data may be of any size that a record allows.
TEST(ScaleSim, CountsThatDoNotFitAreRefused) {
  Architecture a = test::ideal_architecture();
  a.compat = Compat::scalesim;
  a.array.rows = 1024;
  a.array.cols = 1;
  const std::uint64_t n = (std::uint64_t{1} << 40) - 1, other = (1U << 24) - 1;
  const auto total = [&](const std::vector<Record>& records) {
    return simulate(a, Trace::of_shapes("layers.yaml", {.backend = "cpu"}, records)).total;
  };
  EXPECT_EQ(total({test::shape_record(other, n, 1)}).cycles, (n << 14 << 10) - 1) << "folds of 1024 cycles";
  EXPECT_THROW(total({test::shape_record(other, n, 1), test::shape_record(1, n, 1)}), TraceError) << "MACs in all";
  a.array.dataflow = Dataflow::ws;
  EXPECT_THROW(total({test::shape_record(1, n, other)}), TraceError) << "folds of 2048 cycles";
}

// As many layers would take: SCALE-Sim sums nothing from one to the next.
void expect_as_gemms(const Architecture& design, const Trace& one, const Trace& several, std::uint64_t samples) {
  Architecture a = design;
  a.compat = Compat::scalesim;
  a.quantizer.samples = 1;
  const RunResult of_one = simulate(a, one);
  const Summary& single = of_one.total;
  a.quantizer.samples = static_cast<std::uint32_t>(samples);
  const RunResult all = simulate(a, several);
  EXPECT_EQ(all.records[0].samples, samples);
  EXPECT_EQ(all.total.cycles, samples * single.cycles);
  EXPECT_EQ(all.records[0].steps, samples * of_one.records[0].steps);
  EXPECT_EQ(all.total.macs, samples * single.macs);
  EXPECT_DOUBLE_EQ(all.total.utilization, single.utilization);
  EXPECT_LE(all.total.utilization, 1);
  EXPECT_LE(all.total.bound_ratio, 1);
}

class ScaleSimSamples : public test::SimulatedTrace {};

TEST_F(ScaleSimSamples, AreGemmsOfTheirOwn) {
  const auto wgrad = [this](std::uint32_t samples) {
    return one_record("w", {.pass = Pass::wgrad, .m = 19, .n = 17, .k = 200, .samples = samples});
  };
  for (const Dataflow dataflow : {Dataflow::os, Dataflow::ws, Dataflow::is}) {
    Architecture a = test::ideal_architecture();
    a.array.dataflow = dataflow;
    const Trace one = wgrad(1);
    for (const std::uint32_t samples : {2U, 5U}) expect_as_gemms(a, one, wgrad(samples), samples);
  }
}

// Where the design says how many wgrad sums.
TEST_F(ScaleSimSamples, OfRecordsWithoutCodesAreTheDesigns) {
  Record record = test::shape_record(19, 17, 200);
  record.pass = Pass::wgrad;
  record.b.format = Format::fp4_e3m0;
  const Trace trace = Trace::of_shapes("layers.csv", {.backend = "cpu"}, {record});
  expect_as_gemms(test::ideal_architecture(), trace, trace, 3);
}

// What luqsim itself counts on the same fold: the drain as well, and every cycle.
TEST(ScaleSim, DiffersByTheDrainAndTheFirstCycle) {
  Architecture a = test::ideal_architecture();
  Record record{.id = "layer", .m = 8, .n = 8, .k = 20};
  record.a.rows = record.b.cols = 8;
  record.a.cols = record.b.rows = 20;
  const Trace trace = Trace::of_shapes("layers.csv", {.backend = "cpu"}, {record});
  const RunResult own = simulate(a, trace);
  a.compat = Compat::scalesim;
  EXPECT_EQ(simulate(a, trace).total.cycles, 20 + 8 + 8 - 2 - 1U);
  const auto& array = own.records[0].units[3];
  EXPECT_EQ(array.unit, "array");
  EXPECT_EQ(array.cycles.at("busy") + array.cycles.at("fill") + array.cycles.at("drain"), 20 + 8 + 8 - 2 + 8U);
}

}  // namespace
}  // namespace luqsim

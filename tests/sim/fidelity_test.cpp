// The wavefront model against the array simulated PE by PE: every output, counter, cycle and span of the timeline.
#include <map>
#include <random>
#include <string>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "luqsim/sim/simulate.h"

#include "bench.h"
#include "property.h"
#include "random_trace.h"
#include "temporary_folder.h"

namespace luqsim {
namespace {

class Spans : public TimelineSink {
 public:
  void unit_span(std::string_view unit, std::string_view activity, std::uint64_t begin, std::uint64_t end) override {
    spans_[std::string(unit)] += fmt::format(" {}@{}-{}", activity, begin, end);
  }
  void record_span(std::string_view record, std::uint64_t begin, std::uint64_t end) override {
    unit_span("records", record, begin, end);
  }
  const std::map<std::string, std::string>& spans() const { return spans_; }

 private:
  std::map<std::string, std::string> spans_;
};

using test::either;
using test::one_of;
using test::upto;

// Up to 19 random records; the number's mean is 10.
Trace draw_trace(const std::filesystem::path& path) {
  TraceWriter writer(path, {.backend = "cpu"});
  std::mt19937 values(test::random_seed("seed of the values"));
  for (std::uint32_t i = 0, records = upto(19, "records"); i < records; ++i) {
    test::RandomGemm gemm{.pass = one_of("pass", {Pass::fprop, Pass::dgrad, Pass::wgrad}),
                          .m = upto(17, "m"),
                          .n = upto(17, "n"),
                          .k = upto(25, "k")};
    if (gemm.pass == Pass::wgrad) gemm.samples = upto(3, "samples");
    gemm.activation = one_of("activation", {Format::int4, Format::uint4});
    gemm.hindsight = either("hindsight");
    gemm.mean = one_of("mean", {0.0F, 1.0F});
    test::add_random_record(writer, std::to_string(i), gemm, values);
  }
  writer.commit();
  return Trace::open(path);
}

std::vector<Product> products_of_traces() {
  std::vector<Product> products;
  for (const std::string_view name : EnumNames<Product>::names)
    if (const Product p = *from_name<Product>(name); accepts(p, Format::int4, Format::fp4_e3m0)) products.push_back(p);
  return products;
}

ArrayConfig draw_array() {
  ArrayConfig array = test::ideal_architecture().array;
  array.dataflow = one_of("dataflow", {Dataflow::os, Dataflow::ws, Dataflow::is});
  array.rows = upto(5, "rows");
  array.cols = upto(5, "cols");
  array.lanes = upto(3, "lanes");
  array.bprop_product = one_of("bprop_product", products_of_traces());
  AccumulatorConfig& accumulator = array.accumulator;
  accumulator.kind = one_of("accumulator", {AccumulatorKind::int16, AccumulatorKind::int24, AccumulatorKind::fp32,
                                            AccumulatorKind::fp16, AccumulatorKind::bf16, AccumulatorKind::chunk});
  accumulator.overflow = one_of("overflow", {Overflow::wrap, Overflow::saturate});
  accumulator.chunk_length = upto(9, "chunk_length");
  array.double_buffered_accumulators = either("double_buffered_accumulators");
  array.double_buffered_stationary = either("double_buffered_stationary");
  if (array.dataflow == Dataflow::os && accumulator.kind != AccumulatorKind::chunk)
    array.zero_skip = one_of("zero_skip", {ZeroSkip::none, ZeroSkip::skip});
  array.skip_side = one_of("skip_side", {SkipSide::rows, SkipSide::cols});
  array.skip_group = upto(3, "skip_group");
  array.skip_queue = upto(6, "skip_queue");
  return array;
}

BufferConfig draw_buffer(const std::string& name, std::uint64_t least_bytes, std::uint32_t more_bytes,
                         std::uint32_t word_bytes) {
  return {.bytes = least_bytes + upto(more_bytes, name + " bytes, less " + std::to_string(least_bytes)),
          .double_buffered = either(name + " double buffered"),
          .banks = upto(3, name + " banks"),
          .bank_bytes = word_bytes * upto(3, name + " words in a bank's access")};
}

Architecture draw_architecture() {
  Architecture a = test::ideal_architecture();
  a.array = draw_array();
  a.a = draw_buffer("a", 128, 800, 1);
  a.b = draw_buffer("b", 128, 800, 1);
  a.out = draw_buffer("out", 2 * 5 * 5 * sizeof(float), 400, sizeof(float));
  a.dram = {.bytes_per_cycle = upto(64, "dram bytes_per_cycle"),
            .latency_cycles = upto(40, "dram latency_cycles"),
            .burst_bytes = upto(64, "dram burst_bytes"),
            .outstanding = upto(20, "dram outstanding")};
  a.quantizer.units = upto(2, "quantizer units");
  a.quantizer.lanes = 8 * upto(2, "quantizer lanes / 8");
  a.quantizer.smp = one_of("smp", {Smp::serial, Smp::parallel});
  a.schedule.resident = one_of("resident", {Resident::automatic, Resident::a, Resident::b, Resident::none});
  a.schedule.k_tile = one_of<std::uint64_t>("k_tile", {0, 7});
  a.schedule.stream_tile = one_of<std::uint64_t>("stream_tile", {0, 3});
  return a;
}

// Two folds: the second, of one column, streams past while sums of the first are still on their way.
TEST(Fidelities, SumsLeaveAfterALastFoldOfFewerColumns) {
  const test::TemporaryFolder folder;
  TraceWriter writer(folder / "trace", {.backend = "cpu"});
  std::mt19937 values(1);
  test::add_random_record(writer, "gemm", {.pass = Pass::fprop, .m = 1, .n = 6, .k = 1}, values);
  writer.commit();
  const Trace trace = Trace::open(folder / "trace");
  Architecture a = test::ideal_architecture();
  a.array.dataflow = Dataflow::ws;
  a.array.rows = 1;
  a.array.cols = 5;
  a.array.double_buffered_stationary = true;
  const RunResult wave = simulate(a, trace, {.fidelity = Fidelity::wave});
  const RunResult pe = simulate(a, trace, {.fidelity = Fidelity::pe});
  EXPECT_TRUE(wave.records == pe.records);
  EXPECT_EQ(pe.total.exact_tensors, pe.total.tensors);
}

TEST(Fidelities, EveryOutputCounterAndCycleAgrees) {
  test::check_property(216, [] {  // about 2160 records
    const test::TemporaryFolder folder;
    const Trace trace = draw_trace(folder / "trace");
    const Architecture architecture = draw_architecture();
    Spans wave_spans, pe_spans;
    const RunResult wave = simulate(architecture, trace, {.fidelity = Fidelity::wave, .timeline = &wave_spans});
    const RunResult pe = simulate(architecture, trace, {.fidelity = Fidelity::pe, .timeline = &pe_spans});
    RC_ASSERT(wave.records.size() == trace.records().size());
    RC_ASSERT(pe.records.size() == trace.records().size());
    for (std::size_t r = 0; r < wave.records.size(); ++r)
      if (wave.records[r] != pe.records[r])
        RC_FAIL("record " + std::to_string(r) + ": wave " +
                boost::json::serialize(boost::json::value_from(wave.records[r])) + "\npe " +
                boost::json::serialize(boost::json::value_from(pe.records[r])));
    RC_ASSERT(wave_spans.spans() == pe_spans.spans());
  });
}

}  // namespace
}  // namespace luqsim

// The wavefront model against the array simulated PE by PE: every output, counter, cycle and span of the timeline.
#include <algorithm>
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

using test::between;
using test::either;
using test::one_of;
using test::upto;

constexpr std::uint32_t most_samples = 3;  // of a gradient

// Up to 19 random records; the number's mean is 10. Their outputs are random as well: how far a model's are from them
// (the mean, the histogram, the sum of squares) tells any two outputs apart, where two wrong ones could look alike.
Trace draw_trace(const std::filesystem::path& path) {
  TraceWriter writer(path, {.backend = "cpu"});
  std::mt19937 values(test::random_seed("seed of the values"));
  for (std::uint32_t i = 0, records = upto(19, "records"); i < records; ++i) {
    // Sums of a long record outgrow 16 bits.
    const bool is_long = between(0, 15, "one in 16 is long") == 15;
    test::RandomGemm gemm{.pass = one_of("pass", {Pass::fprop, Pass::dgrad, Pass::wgrad}),
                          .m = upto(is_long ? 5 : 17, "m"),
                          .n = upto(is_long ? 5 : 17, "n"),
                          .k = (is_long ? 500 : 0) + std::uint64_t{upto(25, "k")}};
    if (gemm.pass == Pass::wgrad) gemm.samples = upto(most_samples, "samples");
    gemm.activation = one_of("activation", {Format::int4, Format::uint4});
    gemm.hindsight = either("hindsight");
    gemm.mean = one_of("mean", {0.0F, 1.0F, 8.0F});
    gemm.random_out = true;
    test::add_random_record(writer, std::to_string(i), gemm, values);
  }
  writer.commit();
  return Trace::open(path);
}

template <NamedEnum Enum>
std::vector<Enum> values_of_names() {
  std::vector<Enum> values;
  for (const std::string_view name : EnumNames<Enum>::names) values.push_back(*from_name<Enum>(name));
  return values;
}

std::vector<Product> products_of_traces() {
  std::vector<Product> products = values_of_names<Product>();
  std::erase_if(products, [](Product p) { return !accepts(p, Format::int4, Format::fp4_e3m0); });
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
  accumulator.kind = one_of("accumulator", values_of_names<AccumulatorKind>());
  accumulator.overflow = one_of("overflow", {Overflow::wrap, Overflow::saturate});
  accumulator.chunk_length = upto(9, "chunk_length");
  array.double_buffered_accumulators = either("double_buffered_accumulators");
  array.double_buffered_stationary = either("double_buffered_stationary");
  const bool skips = array.dataflow == Dataflow::os && accumulator.kind != AccumulatorKind::chunk;
  array.zero_skip = skips ? one_of("zero_skip", {ZeroSkip::none, ZeroSkip::skip, ZeroSkip::gate})
                          : one_of("zero_skip", {ZeroSkip::none, ZeroSkip::gate});
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

// In place of a trace's own formats: time and traffic alone.
void draw_other_formats(Architecture& a) {
  struct Choice {
    FormatConfig formats;
    Product fprop, bprop;
    AccumulatorKind accumulator;
  };
  using F = OperandFormat;
  static const std::vector<Choice> choices{
      {{F::int8, F::int8}, Product::int8_mul, Product::int8_mul, AccumulatorKind::int32},
      {{F::fp8_e4m3, F::fp8_e5m2}, Product::fp8_mul, Product::fp8_mul, AccumulatorKind::fp16},
      {{F::int4, F::fp8_e5m2}, Product::int4_mul, Product::int4_fp8_mul, AccumulatorKind::fp32},
      {{F::int4, F::fp4_radix4}, Product::int4_mul, Product::radix4_mul, AccumulatorKind::int24},
      {{F::bf16, F::bf16}, Product::bf16_mul, Product::bf16_mul, AccumulatorKind::fp32},
      {{F::fp32, F::fp32}, Product::fp32_mul, Product::fp32_mul, AccumulatorKind::fp32},
      {{F::mxfp4, F::mxfp4}, Product::e2m1_mul, Product::e2m1_mul, AccumulatorKind::fp32},
      {{F::nvfp4, F::nvfp4}, Product::e2m1_mul, Product::e2m1_mul, AccumulatorKind::fp32}};
  const Choice& choice = choices[between<std::size_t>(0, choices.size() - 1, "formats")];
  a.formats = choice.formats;
  a.array.fprop_product = choice.fprop;
  a.array.bprop_product = choice.bprop;
  a.array.accumulator.kind = choice.accumulator;
  a.array.zero_skip = ZeroSkip::none;
  if (!sums_lanes(choice.bprop)) a.array.lanes = 1;
}

QuantizerConfig draw_quantizer() {
  QuantizerConfig quantizer{.units = upto(2, "quantizer units"), .lanes = 8 * upto(2, "quantizer lanes / 8")};
  quantizer.samples = most_samples;
  quantizer.smp = one_of("smp", {Smp::serial, Smp::parallel});
  quantizer.rng = one_of("rng", {Rng::philox, Rng::lfsr16});
  if (either("own rng_bits")) quantizer.rng_bits = upto(16, "rng_bits");
  if (either("own alpha")) quantizer.alpha = one_of("alpha", {Alpha::max, Alpha::pow2});
  if (either("own stat")) quantizer.stat = one_of("stat", {Statistic::exact, Statistic::hindsight});
  if (either("own reuse")) quantizer.reuse = upto(6, "reuse");
  if (quantizer.rng == Rng::lfsr16) quantizer.reuse = 1;  // others are refused
  return quantizer;
}

Architecture draw_architecture() {
  Architecture a = test::ideal_architecture();
  a.array = draw_array();
  if (between(0, 3, "one in four has other formats") == 3) draw_other_formats(a);
  // Two halves, each of which holds all that is stationary.
  const std::uint64_t least = std::max<std::uint64_t>(128, 2 * a.formats.larger_size().bytes(std::uint64_t{5} * 5 * 3));
  a.a = draw_buffer("a", least, 800, 1);
  a.b = draw_buffer("b", least, 800, 1);
  a.out = draw_buffer("out", 2 * 5 * 5 * sizeof(float), 400, sizeof(float));
  a.dram = {.bytes_per_cycle = upto(64, "dram bytes_per_cycle"),
            .latency_cycles = upto(40, "dram latency_cycles"),
            .burst_bytes = upto(64, "dram burst_bytes"),
            .outstanding = upto(20, "dram outstanding")};
  a.quantizer = draw_quantizer();
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
    for (std::size_t r = 0; r < wave.records.size(); ++r) {
      RC_ASSERT(wave.records[r].compute_bound_cycles <= wave.records[r].cycles);
      RC_ASSERT(wave.records[r].dram_bound_cycles <= wave.records[r].cycles);
      if (wave.records[r] != pe.records[r])
        RC_FAIL("record " + std::to_string(r) + ": wave " +
                boost::json::serialize(boost::json::value_from(wave.records[r])) + "\npe " +
                boost::json::serialize(boost::json::value_from(pe.records[r])));
    }
    RC_ASSERT(wave_spans.spans() == pe_spans.spans());
  });
}

}  // namespace
}  // namespace luqsim

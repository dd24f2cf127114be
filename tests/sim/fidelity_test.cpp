// The wavefront model against the array simulated PE by PE: every output, counter, cycle and span of the timeline.
#include <random>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "luqsim/sim/simulate.h"

#include "bench.h"
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

class Fidelities : public testing::Test {
 protected:
  std::uint32_t upto(std::uint32_t n) { return std::uniform_int_distribution<std::uint32_t>(1, n)(random_); }
  template <class T>
  T one_of(std::initializer_list<T> choices) {
    return *(choices.begin() + (upto(static_cast<std::uint32_t>(choices.size())) - 1));
  }

  Trace random_trace(const std::filesystem::path& path, int records) {
    TraceWriter writer(path, {.backend = "cpu"});
    for (int i = 0; i < records; ++i) {
      const Pass pass = one_of({Pass::fprop, Pass::dgrad, Pass::wgrad});
      test::RandomGemm gemm{
          .pass = pass, .m = upto(17), .n = upto(17), .k = upto(25), .samples = pass == Pass::wgrad ? upto(3) : 1};
      gemm.activation = one_of({Format::int4, Format::uint4});
      gemm.hindsight = upto(2) == 1;
      gemm.mean = one_of({0.0F, 1.0F});
      test::add_random_record(writer, std::to_string(i), gemm, random_);
    }
    writer.commit();
    return Trace::open(path);
  }

  Architecture random_architecture(Dataflow dataflow) {
    Architecture a = test::ideal_architecture();
    a.array.dataflow = dataflow;
    a.array.rows = upto(5);
    a.array.cols = upto(5);
    a.array.lanes = upto(3);
    a.array.bprop_product = gradient_products_[upto(static_cast<std::uint32_t>(gradient_products_.size())) - 1];
    a.array.accumulator.kind = one_of({AccumulatorKind::int16, AccumulatorKind::int24, AccumulatorKind::fp32,
                                       AccumulatorKind::fp16, AccumulatorKind::bf16, AccumulatorKind::chunk});
    a.array.accumulator.overflow = one_of({Overflow::wrap, Overflow::saturate});
    a.array.accumulator.chunk_length = upto(9);
    a.array.double_buffered_accumulators = upto(2) == 1;
    a.array.double_buffered_stationary = upto(2) == 1;
    if (dataflow == Dataflow::os && a.array.accumulator.kind != AccumulatorKind::chunk)
      a.array.zero_skip = one_of({ZeroSkip::none, ZeroSkip::skip});
    a.array.skip_side = one_of({SkipSide::rows, SkipSide::cols});
    a.array.skip_group = upto(3);
    a.array.skip_queue = upto(6);
    a.a = {128 + upto(800), upto(2) == 1, upto(3), upto(3)};
    a.b = {128 + upto(800), upto(2) == 1, upto(3), upto(3)};
    a.out = {2 * 5 * 5 * sizeof(float) + upto(400), upto(2) == 1, upto(3), 4 * upto(3)};
    a.dram = {upto(64), upto(40), upto(64), upto(20)};
    a.quantizer.units = upto(2);
    a.quantizer.lanes = 8 * upto(2);
    a.quantizer.smp = one_of({Smp::serial, Smp::parallel});
    a.schedule.resident = one_of({Resident::automatic, Resident::a, Resident::b, Resident::none});
    a.schedule.k_tile = one_of<std::uint64_t>({0, 7});
    a.schedule.stream_tile = one_of<std::uint64_t>({0, 3});
    return a;
  }

  static std::vector<Product> products_of_traces() {
    std::vector<Product> products;
    for (const std::string_view name : EnumNames<Product>::names)
      if (const Product p = *from_name<Product>(name); accepts(p, Format::int4, Format::fp4_e3m0))
        products.push_back(p);
    return products;
  }

  const std::vector<Product> gradient_products_ = products_of_traces();
  test::TemporaryFolder folder_;
  std::mt19937 random_{17};
};

TEST_F(Fidelities, EveryOutputCounterAndCycleAgrees) {
  constexpr int traces = 9, architectures = 24, records = 10;  // 2160 cases
  for (int t = 0; t < traces; ++t) {
    const Trace trace = random_trace(folder_ / ("trace" + std::to_string(t)), records);
    for (int i = 0; i < architectures; ++i) {
      const Architecture architecture =
          random_architecture(std::array{Dataflow::os, Dataflow::ws, Dataflow::is}[static_cast<std::size_t>(i % 3)]);
      SCOPED_TRACE(testing::Message() << "trace " << t << ", architecture " << i << ", "
                                      << name_of(architecture.array.dataflow));
      Spans wave_spans, pe_spans;
      const RunResult wave = simulate(architecture, trace, {.fidelity = Fidelity::wave, .timeline = &wave_spans});
      const RunResult pe = simulate(architecture, trace, {.fidelity = Fidelity::pe, .timeline = &pe_spans});
      ASSERT_EQ(wave.records.size(), static_cast<std::size_t>(records));
      for (std::size_t r = 0; r < wave.records.size(); ++r) {
        ASSERT_TRUE(wave.records[r] == pe.records[r])
            << "record " << r << ": " << boost::json::value_from(wave.records[r]) << "\n"
            << boost::json::value_from(pe.records[r]);
      }
      ASSERT_EQ(wave_spans.spans(), pe_spans.spans());
    }
  }
}

}  // namespace
}  // namespace luqsim

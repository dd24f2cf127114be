// Designs whose operands are stored in formats that no trace holds: bytes, passes, and that nothing is compared.
#include <gtest/gtest.h>

#include "luqsim/sim/simulate.h"

#include "bench.h"
#include "random_trace.h"
#include "temporary_folder.h"

namespace luqsim {
namespace {

constexpr std::uint64_t side = 64, elements = side * side;

Architecture design(OperandFormat forward, OperandFormat gradient, Product fprop, Product bprop,
                    AccumulatorKind accumulator) {
  Architecture a = test::ideal_architecture();
  a.dram = {64, 10, 16, 64};  // bursts that divide a panel of every format
  a.formats = {forward, gradient};
  a.array.fprop_product = fprop;
  a.array.bprop_product = bprop;
  a.array.accumulator.kind = accumulator;
  return a;
}

Architecture design(OperandFormat format, Product product, AccumulatorKind accumulator = AccumulatorKind::fp32) {
  return design(format, format, product, product, accumulator);
}

// fprop, dgrad and wgrad of a square layer, without data.
Trace layer() {
  const auto record = [](Pass pass, Operand a, Operand b) {
    Record r{.id = std::string(name_of(pass)), .layer = "fc", .pass = pass, .m = side, .n = side, .k = side};
    r.a = std::move(a);
    r.b = std::move(b);
    return r;
  };
  const Operand forward{.rows = side, .cols = side}, gradient{.format = Format::fp4_e3m0, .rows = side, .cols = side};
  Operand new_forward = forward, new_gradient = gradient, transposed = forward;
  new_forward.quantization = SawbQuantization{};
  new_gradient.quantization = LuqQuantization{};
  transposed.view = View::transposed;
  return Trace::of_shapes("layer.yaml", {.backend = "cpu"},
                          {record(Pass::fprop, new_forward, new_forward), record(Pass::dgrad, new_gradient, transposed),
                           record(Pass::wgrad, transposed, gradient)});
}

std::uint64_t gemm_reads(const RecordResult& r) { return r.dram_read_bytes - r.quantize_read_bytes; }

TEST(Formats, OperandsAreLoadedInTheirSize) {
  const Trace trace = layer();
  const auto reads = [&](const Architecture& a, std::size_t record) {
    return gemm_reads(simulate(a, trace).records[record]);
  };
  const Architecture traced =
      design(OperandFormat::int4, OperandFormat::fp4_e3m0, Product::int4_mul, Product::shift, AccumulatorKind::int24);
  for (std::size_t record = 0; record < 3; ++record) {
    EXPECT_EQ(reads(traced, record), elements);
    EXPECT_EQ(reads(design(OperandFormat::fp32, Product::fp32_mul), record), 2 * 4 * elements);
    EXPECT_EQ(reads(design(OperandFormat::bf16, Product::bf16_mul), record), 2 * 2 * elements);
    EXPECT_EQ(reads(design(OperandFormat::int8, Product::int8_mul, AccumulatorKind::int32), record), 2 * elements);
    EXPECT_EQ(reads(design(OperandFormat::mxfp4, Product::e2m1_mul), record), 2 * elements / 32 * 17);
    EXPECT_EQ(reads(design(OperandFormat::nvfp4, Product::e2m1_mul), record), 2 * elements / 32 * 18);
  }
  const Architecture mixed = design(OperandFormat::int4, OperandFormat::fp8_e5m2, Product::int4_mul,
                                    Product::int4_fp8_mul, AccumulatorKind::fp32);
  EXPECT_EQ(reads(mixed, 0), elements);
  EXPECT_EQ(reads(mixed, 1), elements + elements / 2);
  EXPECT_EQ(reads(mixed, 2), elements + elements / 2);
}

TEST(Formats, WhatNeedsNoMaximumIsWrittenOnce) {
  const RunResult bf16 = simulate(design(OperandFormat::bf16, Product::bf16_mul), layer());
  EXPECT_EQ(bf16.records[0].quantize_write_bytes, 2 * 2 * elements);
  EXPECT_EQ(bf16.records[0].quantize_read_bytes, 0U);
  EXPECT_EQ(bf16.records[1].quantize_write_bytes, 2 * elements);
  EXPECT_EQ(bf16.records[2].quantize_write_bytes, 0U);
}

// A block lies along k: that of fprop for X and W, of dgrad for W and D, of wgrad for X and D.
TEST(Formats, BlocksAreMadeForEachPass) {
  const RunResult mx = simulate(design(OperandFormat::mxfp4, Product::e2m1_mul), layer());
  constexpr std::uint64_t codes = elements / 32 * 17, source = 4 * elements;
  const std::uint64_t written[] = {2 * (source + codes), source + 2 * codes, 2 * codes},
                      read[] = {0, source, 2 * source};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(mx.records[i].quantize_write_bytes, written[i]) << i;
    EXPECT_EQ(mx.records[i].quantize_read_bytes, read[i]) << i;
  }
}

// Of a recorded trace too, however many records share a tensor in a pass.
TEST(Formats, RecordsOfAPassShareAVersion) {
  const test::TemporaryFolder folder;
  const auto trace = [&](const std::vector<Record>& more) {
    TraceWriter writer(folder / "t.safetensors", {.backend = "cpu"});
    std::mt19937 random(3);
    test::add_random_record(writer, "one", {.m = 24, .n = 24, .k = 24}, random);
    for (Record record : more) writer.add(std::move(record));
    writer.commit();
    return Trace::open(folder / "t.safetensors");
  };
  Record two = trace({}).records()[0], three = two;
  two.id = "two";
  three.id = "three";
  three.pass = Pass::wgrad;
  const RunResult r = simulate(design(OperandFormat::nvfp4, Product::e2m1_mul), trace({two, three}));
  EXPECT_GT(r.records[0].quantize_cycles, 0U);
  EXPECT_EQ(r.records[1].quantize_cycles, 0U);
  EXPECT_EQ(r.records[2].quantize_read_bytes, 2 * 4 * 24 * 24U);
}

TEST(Formats, WhatNeedsAMaximumIsReadBackUnlessItIsEstimated) {
  Architecture a = design(OperandFormat::fp8_e5m2, Product::fp8_mul);
  const RunResult exact = simulate(a, layer());
  EXPECT_EQ(exact.records[1].quantize_write_bytes, 4 * elements + elements);
  EXPECT_EQ(exact.records[1].quantize_read_bytes, 4 * elements);
  a.quantizer.stat = Statistic::hindsight;
  const RunResult delayed = simulate(a, layer());
  EXPECT_EQ(delayed.records[0].quantize_write_bytes, 2 * elements);
  EXPECT_EQ(delayed.records[0].quantize_read_bytes, 0U);
}

TEST(Formats, Radix4QuantizesGradientsTwice) {
  const Architecture a = design(OperandFormat::int4, OperandFormat::fp4_radix4, Product::int4_mul, Product::radix4_mul,
                                AccumulatorKind::fp16);
  const RunResult r = simulate(a, layer());
  EXPECT_EQ(r.records[1].quantize_write_bytes, 4 * elements + elements / 2);
  EXPECT_EQ(r.records[2].quantize_read_bytes, 4 * elements) << "the source again";
  EXPECT_EQ(r.records[2].quantize_write_bytes, elements / 2);
  EXPECT_GT(r.records[2].quantize_cycles, 0U);
}

TEST(Formats, Radix4KeepsAnEstimatedGradientsSource) {
  Architecture a = design(OperandFormat::int4, OperandFormat::fp4_radix4, Product::int4_mul, Product::radix4_mul,
                          AccumulatorKind::fp16);
  a.quantizer.stat = Statistic::hindsight;
  const RunResult r = simulate(a, layer());
  EXPECT_EQ(r.records[1].quantize_write_bytes, 4 * elements + elements / 2);
  EXPECT_EQ(r.records[1].quantize_read_bytes, 0U);
  EXPECT_EQ(r.records[2].quantize_read_bytes, 4 * elements);
}

// Formats that round to nearest have one version of a gradient to multiply, stochastic ones make what they multiply.
TEST(Formats, SamplesAreOfStochasticFormats) {
  const auto wgrad = [](OperandFormat format, Product product, std::uint32_t samples) {
    Architecture a = design(format, product);
    a.quantizer.samples = samples;
    return simulate(a, layer()).records[2];
  };
  for (const auto& [format, product] :
       {std::pair(OperandFormat::bf16, Product::bf16_mul), std::pair(OperandFormat::fp8_e5m2, Product::fp8_mul)}) {
    EXPECT_EQ(wgrad(format, product, 3), wgrad(format, product, 1));
    EXPECT_EQ(wgrad(format, product, 3).samples, 1U);
  }
  const RecordResult one = wgrad(OperandFormat::mxfp4, Product::e2m1_mul, 1),
                     three = wgrad(OperandFormat::mxfp4, Product::e2m1_mul, 3);
  constexpr std::uint64_t codes = elements / 32 * 17;
  EXPECT_EQ(three.samples, 3U);
  EXPECT_EQ(three.macs, 3 * one.macs);
  EXPECT_EQ(three.quantize_write_bytes, one.quantize_write_bytes + 2 * codes);
  EXPECT_EQ(three.quantize_read_bytes, one.quantize_read_bytes + 2 * 4 * elements);
}

TEST(Formats, ARecordedTraceGivesTimeAlone) {
  const test::TemporaryFolder folder;
  {
    TraceWriter writer(folder / "t.safetensors", {.backend = "cpu"});
    std::mt19937 random(3);
    for (const Pass pass : {Pass::fprop, Pass::dgrad, Pass::wgrad})
      test::add_random_record(writer, std::string(name_of(pass)), {.pass = pass, .m = 24, .n = 24, .k = 24}, random);
    writer.commit();
  }
  const Trace trace = Trace::open(folder / "t.safetensors");
  for (const Fidelity fidelity : {Fidelity::wave, Fidelity::pe}) {
    const RunResult r = simulate(design(OperandFormat::nvfp4, Product::e2m1_mul), trace, {.fidelity = fidelity});
    EXPECT_EQ(r.total.tensors, 0U);
    EXPECT_EQ(r.total.active_macs, 0U);
    EXPECT_TRUE(r.records[0].a_histogram.empty());
    EXPECT_GT(r.total.cycles, 0U);
  }
}

TEST(Formats, BothFidelitiesAgree) {
  for (const Dataflow dataflow : {Dataflow::os, Dataflow::ws, Dataflow::is})
    for (const OperandFormat format : {OperandFormat::fp32, OperandFormat::mxfp4}) {
      Architecture a = design(format, format == OperandFormat::fp32 ? Product::fp32_mul : Product::e2m1_mul);
      a.array.dataflow = dataflow;
      a.a = a.b = {1024, true, 2, 8};  // narrow: banks conflict
      a.out.banks = 1;
      EXPECT_EQ(simulate(a, layer(), {.fidelity = Fidelity::pe}).records, simulate(a, layer()).records)
          << name_of(dataflow) << " " << name_of(format);
    }
}

}  // namespace
}  // namespace luqsim

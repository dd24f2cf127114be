// What a design cannot compute of a trace is said before the first cycle.
#include <functional>

#include "simulated_trace.h"

namespace luqsim {
namespace {

using Supported = test::SimulatedTrace;

std::string refusal(const Architecture& architecture, const Trace& trace) {
  std::size_t done = 0;
  try {
    simulate(architecture, trace, {.progress = [&](std::size_t, std::size_t) { ++done; }});
  } catch (const TraceError& error) {
    EXPECT_EQ(done, 0U) << "after a record";
    return error.what();
  }
  return "";
}

TEST_F(Supported, FormatsThatNoProductTakes) {
  const Trace trace = make_trace([this](TraceWriter& writer) {
    test::add_random_record(writer, "first", {.m = 2, .n = 2, .k = 2}, random_);
    const std::vector<std::int8_t> values(4, 1);
    Record record{.id = "second", .m = 2, .n = 2, .k = 2};
    for (Operand* operand : {&record.a, &record.b}) {
      operand->format = Format::uint4;
      operand->rows = operand->cols = 2;
      operand->codes = {writer.add(operand == &record.a ? "a" : "b", pack_levels(Format::uint4, 2, 2, values).view())};
    }
    writer.add(std::move(record));
  });
  EXPECT_EQ(refusal(test::ideal_architecture(), trace),
            path_.string() +
                ": record second: operands are uint4 x uint4; wanted what the product int4_mul of design " +
                test::ideal_architecture().name + " takes");
}

TEST_F(Supported, OptionsThatDoNotGoWithTheRecordedRounding) {
  const Trace trace =
      one_record("d", {.pass = Pass::dgrad, .m = 4, .n = 4, .k = 4, .luq = {.rounding = Rounding::int4_sr}});
  Architecture a = test::ideal_architecture();
  a.quantizer.alpha = Alpha::pow2;
  EXPECT_EQ(refusal(a, trace), path_.string() +
                                   ": record d, operand a: with the design's quantizer, luq alpha: pow2 with rounding "
                                   "int4_sr; wanted max: uniform levels have no power-of-two unit that reaches M "
                                   "without clipping");
}

TEST_F(Supported, RegistersKeepNoNumbersOfAnEarlierStep) {
  const Trace trace = one_record("d", {.pass = Pass::dgrad, .m = 4, .n = 4, .k = 4, .luq = {.reuse = 3}});
  Architecture a = test::ideal_architecture();
  EXPECT_EQ(refusal(a, trace), "");
  a.quantizer.rng = Rng::lfsr16;
  EXPECT_EQ(refusal(a, trace), path_.string() +
                                   ": record d, operand a: the design has quantizer.rng: lfsr16, whose registers run "
                                   "on, with reuse 3; wanted quantizer.reuse: 1, or rng: philox");
  a.quantizer.reuse = 1;
  EXPECT_EQ(refusal(a, trace), "");
}

// dgrad takes the first of the samples that are made where it needs it; wgrad has them all.
TEST_F(Supported, SamplesInParallelBeyondTheDesignsLanes) {
  const Trace trace = make_trace([this](TraceWriter& writer) {
    test::add_random_backward(writer, "fc", {.m = 4, .n = 4, .k = 4, .samples = 3}, random_);
  });
  Architecture a = test::ideal_architecture();
  a.quantizer.smp = Smp::parallel;
  a.quantizer.samples = 2;
  EXPECT_EQ(refusal(a, trace),
            path_.string() +
                ": record fc.wgrad, operand b: the design has quantizer.smp: parallel with "
                "quantizer.samples: 2; wanted at least the 3 samples of the operand, or smp: serial");
  a.quantizer.samples = 3;
  EXPECT_EQ(refusal(a, trace), "");
  a.quantizer = {.units = a.quantizer.units, .lanes = a.quantizer.lanes};
  EXPECT_EQ(refusal(a, trace), "") << "in series any number";
}

}  // namespace
}  // namespace luqsim

// Samples of one gradient: dgrad multiplies the first, wgrad sums all of them.
#include "check.h"
#include "simulated_trace.h"

namespace luqsim {
namespace {

using test::find_check;

class Samples : public test::SimulatedTrace {
 protected:
  Trace backward(std::uint32_t samples, const LuqConfig& luq = {}, bool hindsight = false) {
    return make_trace([&](TraceWriter& writer) {
      test::add_random_backward(
          writer, "fc", {.m = 16, .n = 32, .k = 8, .samples = samples, .luq = luq, .hindsight = hindsight}, random_);
    });
  }
};

constexpr std::uint64_t gradient = 32 * 16, fp32 = 4 * gradient, codes = gradient / 2;

TEST_F(Samples, AllAreQuantizedWhereTheGradientIsFirstNeeded) {
  const Trace trace = backward(3);
  const RunResult result = simulate(test::ideal_architecture(), trace);
  const RecordResult &dgrad = result.records[0], &wgrad = result.records[1];
  for (const std::string sample : {"0", "1", "2"})
    EXPECT_EQ(find_check(dgrad, "a codes, sample " + sample).mismatches, 0U) << sample;
  EXPECT_EQ(find_check(dgrad, "out").mismatches, 0U);
  EXPECT_EQ(find_check(wgrad, "out").mismatches, 0U);
  EXPECT_EQ(wgrad.macs, 3 * dgrad.macs);
  for (const TensorCheck& check : wgrad.checks) EXPECT_NE(check.tensor.substr(0, 7), "b codes") << "quantized again";
}

TEST_F(Samples, EachSampleReadsTheGradientAndWritesItsCodes) {
  Architecture a = test::ideal_architecture();
  a.dram = {64, 10, 64, 16};
  for (const bool hindsight : {false, true}) {
    const Trace one = backward(1, {}, hindsight), three = backward(3, {}, hindsight);
    const RecordResult first = simulate(a, one).records[0], all = simulate(a, three).records[0];
    EXPECT_EQ(all.quantize_write_bytes, first.quantize_write_bytes + 2 * codes + (hindsight ? fp32 : 0));
    EXPECT_EQ(all.quantize_read_bytes, first.quantize_read_bytes + 2 * fp32);
    EXPECT_EQ(simulate(a, three).records[1].quantize_read_bytes, simulate(a, one).records[1].quantize_read_bytes);
  }
}

// The same gradient quantized with 4 random bits, once by the design and once by a trace.
TEST_F(Samples, ADesignsOwnCodesAreThoseOfEverySample) {
  const Trace trace = backward(2);
  random_.seed(seed);
  const Trace coarse = backward(2, {.random_bits = 4});
  Architecture a = test::ideal_architecture();
  a.quantizer.rng_bits = 4;
  const RunResult result = simulate(a, trace);
  for (const std::string sample : {"0", "1"})
    EXPECT_GT(find_check(result.records[0], "a codes, sample " + sample).mismatches, 0U) << sample;

  std::vector<float> expected(8 * 16), actual(expected.size());
  trace.read_values("fc.wgrad.out", 0, expected);
  coarse.read_values("fc.wgrad.out", 0, actual);
  ValueCheck check("out");
  check.add(0, expected, actual);
  EXPECT_EQ(find_check(result.records[1], "out"), check.result());
  EXPECT_EQ(result.records[1].output_errors.ulp_counts, check.errors().ulp_counts);
}

}  // namespace
}  // namespace luqsim

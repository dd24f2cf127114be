#include "quantize_plan.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace luqsim {
namespace {

using Kind = QuantizePass::Kind;

const char* name(Kind kind) {
  return kind == Kind::statistics ? "statistics" : kind == Kind::moments ? "moments" : "quantize";
}

// "statistics 0>32 quantize 32>4": bits read and written an element, "@" where the elements arrive from their producer.
std::string text(const QuantizeRequest& request) {
  std::string line;
  for (const QuantizePass& p : plan_quantization(request))
    line += fmt::format("{}{}{} {}>{}", line.empty() ? "" : " ", name(p.kind), p.source_from_memory ? "" : "@",
                        p.in.bits(), p.out.bits());
  return line;
}

TEST(QuantizePlan, LuqWithItsExactMaximumReadsBackWhatItWrote) {
  EXPECT_EQ(text({}), "statistics@ 0>32 quantize 32>4");
  EXPECT_EQ(text({.source_bits = 16}), "statistics@ 0>16 quantize 16>4");
}

TEST(QuantizePlan, HindsightQuantizesOnTheFly) { EXPECT_EQ(text({.hindsight = true}), "quantize@ 0>4"); }

TEST(QuantizePlan, SawbReadsOnceMoreForItsMoments) {
  EXPECT_EQ(text({.moments = true}), "statistics@ 0>32 moments 32>0 quantize 32>4");
}

TEST(QuantizePlan, FormatsWithoutAMaximumAreQuantizedOnTheFly) {
  EXPECT_EQ(text({.code_size = operand_size(OperandFormat::bf16), .measured = false}), "quantize@ 0>16");
  EXPECT_EQ(text({.code_size = operand_size(OperandFormat::mxfp4), .measured = false}), "quantize@ 0>4.25");
  EXPECT_EQ(text({.code_size = operand_size(OperandFormat::nvfp4)}), "statistics@ 0>32 quantize 32>4.5");
}

TEST(QuantizePlan, AnotherVersionReadsTheSourceOnceMore) {
  EXPECT_EQ(text({.again = true}), "quantize 32>4");
  EXPECT_EQ(text({.hindsight = true, .again = true}), "quantize 32>4");
}

TEST(QuantizePlan, SamplesInSeriesRepeatThePassAndInParallelWidenIt) {
  EXPECT_EQ(text({.samples = 3}), "statistics@ 0>32 quantize 32>4 quantize 32>4 quantize 32>4");
  EXPECT_EQ(text({.samples = 3, .smp = Smp::parallel}), "statistics@ 0>32 quantize 32>12");
  EXPECT_EQ(text({.hindsight = true, .samples = 2}), "quantize@ 0>36 quantize 32>4");
  EXPECT_EQ(text({.hindsight = true, .samples = 2, .smp = Smp::parallel}), "quantize@ 0>8");
}

TEST(QuantizePlan, SharedRandomNumbersAreStoredOnceAndThenRead) {
  EXPECT_EQ(text({.hindsight = true, .stored_random_bits = 16}), "quantize@ 0>20");
  EXPECT_EQ(text({.hindsight = true, .stored_random_bits = 16, .first_of_reuse = false}), "quantize@ 16>4");
  EXPECT_EQ(text({.samples = 2, .smp = Smp::parallel, .stored_random_bits = 8, .first_of_reuse = false}),
            "statistics@ 0>32 quantize 48>8");
}

TEST(QuantizePlan, EverySampleIsMadeOnce) {
  for (const Smp smp : {Smp::serial, Smp::parallel}) {
    std::uint32_t next = 0;
    for (const QuantizePass& p : plan_quantization({.samples = 5, .smp = smp})) {
      if (p.kind != Kind::quantize) continue;
      EXPECT_EQ(p.first_sample, next);
      next += p.samples;
    }
    EXPECT_EQ(next, 5U);
  }
}

}  // namespace
}  // namespace luqsim

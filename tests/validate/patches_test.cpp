// Matrices of patches that are much larger than the image that a trace stores.
#include <gtest/gtest.h>

#include "luqsim/traces/trace_writer.h"
#include "luqsim/validate/diagnose.h"
#include "luqsim/validate/validate.h"

#include "memory_limit.h"
#include "temporary_folder.h"

namespace luqsim {
namespace {

// One pixel and a kernel of 90 x 90, padded on all sides by 89: 8100 patches of 8100 elements, of which each has the
// pixel once. The kernel under test took int4 codes for 0 to 15.
TEST(Patches, AreExplainedInMuchLessMemoryThanTheirMatrixTakes) {
  constexpr std::uint32_t side = 90;
  constexpr std::uint64_t size = side * side;
  const test::TemporaryFolder folder;
  std::vector<std::int8_t> filter(size);
  std::vector<float> out(size);
  for (std::uint64_t k = 0; k < size; ++k) {
    const int code = static_cast<int>(k * 7 % 16);
    filter[k] = static_cast<std::int8_t>(code < 8 ? code : code - 16);
    out[size - 1 - k] = static_cast<float>(code);
  }
  const std::vector<std::int8_t> image{1};
  TraceWriter writer(folder / "t.safetensors", {.backend = "cpu"});
  Record record{.id = "conv", .m = size, .n = 1, .k = size};
  record.a = {.rows = 1,
              .cols = 1,
              .view = View::im2col,
              .codes = {writer.add("image", pack_levels(Format::int4, 1, 1, image).view())}};
  record.a.im2col = Im2col{.n = 1, .h = 1, .w = 1, .c = 1, .kernel_h = side, .kernel_w = side, .padding = side - 1};
  record.b = {
      .rows = size, .cols = 1, .codes = {writer.add("filter", pack_levels(Format::int4, size, 1, filter).view())}};
  record.out = writer.add("out", out, size, 1);
  writer.add(record);
  writer.commit();

  const Trace trace = Trace::open(folder / "t.safetensors");
  RecordReport report;
  validate(trace, {1}, [&](RecordReport r) { report = std::move(r); });
  EXPECT_EQ(report.mismatches(), 4049U) << "codes from 8 on";
  const test::MemoryLimit limit(std::size_t{32} << 20);
  const std::vector<Diagnosis> diagnoses = diagnose(trace, trace.records()[0], report, {1});
  ASSERT_EQ(diagnoses.size(), 1U);
  EXPECT_EQ(diagnoses[0].explanations, std::vector<Explanation>{{Hypothesis::int4_unsigned}});
}

}  // namespace
}  // namespace luqsim

// A record's sums under a dot model: the dot products of its operands as the views make them, sample after sample.
#include "luqsim/traces/dot_sums.h"

#include <bit>
#include <set>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "luqsim/numerics/gemm.h"
#include "luqsim/traces/operand.h"

#include "trace_files.h"

namespace luqsim {
namespace {

std::uint32_t bits_of(float x) { return std::bit_cast<std::uint32_t>(x); }

// The codes of row (of a) or column (of b) `index` of an operand matrix.
std::vector<std::uint16_t> line(const Operand& operand, const CodeView& codes, Format format, bool row,
                                std::uint64_t index) {
  const MatrixShape shape = matrix_shape(operand);
  std::vector<std::int8_t> values(row ? shape.cols : shape.rows);
  if (row)
    read_block(operand, codes, index, 1, 0, shape.cols, values);
  else
    read_block(operand, codes, 0, shape.rows, index, 1, values);
  std::vector<std::uint16_t> out;
  for (const std::int8_t v : values) out.push_back(static_cast<std::uint16_t>(encode(format, v)));
  return out;
}

// The example's records, a dgrad with weights as stored, and a convolution's wgrad.
void write_every_view(const std::filesystem::path& path) {
  TraceWriter writer(path, test::example_provenance());
  test::fill_example(writer);
  std::vector<Record> examples = test::example_records();
  Record& dgrad = examples.at(3);
  dgrad.id = "fc.dgrad.codes";
  dgrad.a.codes = {"d1"};
  dgrad.b.codes = {"w"};
  writer.add(dgrad);
  Record& wgrad = examples.at(2);
  wgrad.id = "conv.wgrad";
  wgrad.pass = Pass::wgrad;
  wgrad.a.view = View::im2col_transposed;
  std::swap(wgrad.m, wgrad.k);
  wgrad.b = {.format = Format::fp4_e3m0, .rows = wgrad.k, .cols = wgrad.n, .codes = {"patches.d"}};
  writer.add("patches.d", test::some_codes(Format::fp4_e3m0, wgrad.k, wgrad.n, 7).view());
  writer.add(wgrad);
  writer.commit();
}

TEST(DotSums, EveryViewFormatAndModel) {
  const test::TemporaryFolder folder;
  write_every_view(folder / "t");
  const Trace trace = Trace::open(folder / "t");
  std::vector<DotModelUse> uses{CustomDotModel{Format::bf16, {.fraction_bits = 4, .terms = 3, .chain = 2}}};
  for (const std::string_view name : EnumNames<DotPreset>::names) uses.emplace_back(*from_name<DotPreset>(name));
  std::set<std::string> views, formats;
  for (const Record& record : trace.records()) {
    if (record.shape_only()) continue;
    views.insert(fmt::format("{} {}", name_of(record.a.view), name_of(record.b.view)));
    formats.insert(fmt::format("{} {}", name_of(record.a.format), name_of(record.b.format)));
    std::vector<CodeView> a, b;
    for (std::size_t s = 0; s < record.a.codes.size(); ++s) a.push_back(trace.codes(record.a, s));
    for (std::size_t s = 0; s < record.b.codes.size(); ++s) b.push_back(trace.codes(record.b, s));
    for (const DotModelUse& use : uses) {
      const std::vector<float> sums = dot_model_sums(record, use, a, b), out = dot_model_output(record, sums);
      ASSERT_EQ(sums.size(), record.m * record.n);
      for (std::uint64_t i = 0; i < record.m; ++i)
        for (std::uint64_t j = 0; j < record.n; ++j) {
          float wanted = 0;
          for (std::size_t s = 0; s < record.samples(); ++s) {
            const auto row = line(record.a, a[s % a.size()], format_of(use), true, i);
            const auto col = line(record.b, b[s % b.size()], format_of(use), false, j);
            wanted = dot(model_of(use), {format_of(use), row}, {format_of(use), col}, wanted);
          }
          const std::size_t at = i * record.n + j;
          ASSERT_EQ(bits_of(sums[at]), bits_of(wanted)) << record.id << " " << i << ", " << j;
          const float scale =
              output_scale(record.a.scale, record.b.scale, static_cast<std::uint32_t>(record.samples()));
          ASSERT_EQ(bits_of(out[at]), bits_of(wanted * scale));
        }
    }
  }
  EXPECT_EQ(views, (std::set<std::string>{"direct direct", "direct transposed", "transposed direct", "im2col direct",
                                          "im2col_transposed direct"}));
  EXPECT_EQ(formats,
            (std::set<std::string>{"int4 int4", "int4 fp4_e3m0", "uint4 int4", "fp4_e3m0 int4", "uint4 fp4_e3m0"}));
}

// More columns than are taken apart together, and more rows than are read together.
TEST(DotSums, LargeRecordsGoInStrips) {
  constexpr std::uint64_t m = 67, n = 3, k = std::uint64_t{1} << 21;
  Record record{.id = "r", .m = m, .n = n, .k = k - 1};
  record.a = {.rows = 1, .cols = record.k};
  record.a.codes = record.b.codes = {"t"};
  record.b = {.rows = n, .cols = record.k, .view = View::transposed};
  const CodeTensor b = test::some_codes(Format::int4, n, record.k, 3);
  const CodeTensor a = test::some_codes(Format::int4, 1, record.k, 4);
  record.m = 1;
  const std::vector<CodeView> left{a.view()}, right{b.view()};
  const std::vector<float> sums = dot_model_sums(record, DotPreset::hopper_fp16, left, right);
  for (std::uint64_t j = 0; j < n; ++j) {
    const float wanted =
        dot(dot_model(DotPreset::hopper_fp16), {Format::fp16, line(record.a, left[0], Format::fp16, true, 0)},
            {Format::fp16, line(record.b, right[0], Format::fp16, false, j)});
    ASSERT_EQ(bits_of(sums[j]), bits_of(wanted)) << j;
  }
  record.m = m;
  record.k = 5;
  const CodeTensor tall = test::some_codes(Format::int4, m, 5, 5), wide = test::some_codes(Format::int4, n, 5, 6);
  record.a = {.rows = m, .cols = 5};
  record.b = {.rows = n, .cols = 5, .view = View::transposed};
  const std::vector<CodeView> tall_view{tall.view()}, wide_view{wide.view()};
  const std::vector<float> more = dot_model_sums(record, DotPreset::ada_bf16, tall_view, wide_view);
  for (std::uint64_t i = 0; i < m; ++i)
    for (std::uint64_t j = 0; j < n; ++j) {
      int wanted = 0;
      for (std::uint64_t p = 0; p < 5; ++p) {
        const auto value = [&](const CodeTensor& t, std::uint64_t r) {
          return static_cast<int>(decode(Format::int4, t.view().code(r, p)));
        };
        wanted += value(tall, i) * value(wide, j);
      }
      ASSERT_EQ(more[i * n + j], static_cast<float>(wanted)) << i << ", " << j;
    }
}

}  // namespace
}  // namespace luqsim

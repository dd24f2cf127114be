// What the writer writes, the reader gives back.
#include <bit>
#include <cstring>
#include <limits>
#include <random>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "trace_files.h"

namespace luqsim {
namespace {
namespace json = boost::json;

void expect_equal(const std::optional<Quantization>& a, const std::optional<Quantization>& b) {
  ASSERT_EQ(a.has_value(), b.has_value());
  if (!a) return;
  ASSERT_EQ(a->index(), b->index());
  if (const auto* sawb = std::get_if<SawbQuantization>(&*a)) {
    const SawbConfig &x = sawb->config, &y = std::get<SawbQuantization>(*b).config;
    EXPECT_EQ(std::tie(x.format, x.c1, x.c2), std::tie(y.format, y.c1, y.c2));
    return;
  }
  const LuqQuantization &x = std::get<LuqQuantization>(*a), &y = std::get<LuqQuantization>(*b);
  const auto all = [](const LuqQuantization& q) {
    return std::tie(q.config.rounding, q.config.alpha, q.config.top_exponent, q.config.random_bits, q.config.reuse,
                    q.stream.seed, q.stream.tensor, q.stream.step, q.stream.sample, q.estimate);
  };
  EXPECT_EQ(all(x), all(y));
}

void expect_equal(const Operand& a, const Operand& b) {
  const auto all = [](const Operand& o) {
    return std::tie(o.format, o.rows, o.cols, o.view, o.scale, o.codes, o.source);
  };
  EXPECT_EQ(all(a), all(b));
  ASSERT_EQ(a.im2col.has_value(), b.im2col.has_value());
  const auto geometry = [](const Im2col& v) {
    return std::tie(v.n, v.h, v.w, v.c, v.kernel_h, v.kernel_w, v.stride, v.padding);
  };
  if (a.im2col) {
    EXPECT_EQ(geometry(*a.im2col), geometry(*b.im2col));
  }
  expect_equal(a.quantization, b.quantization);
}

class RoundTrip : public testing::Test {
 protected:
  test::TemporaryFolder folder_;
};

TEST_F(RoundTrip, Records) {
  test::write_example(folder_ / "t");
  const Trace trace = Trace::open(folder_ / "t");
  const std::vector<Record> wanted = test::example_records();
  ASSERT_EQ(trace.records().size(), wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    SCOPED_TRACE(wanted[i].id);
    const auto all = [](const Record& r) {
      return std::tie(r.id, r.step, r.layer, r.pass, r.m, r.n, r.k, r.out, r.kernel);
    };
    EXPECT_EQ(all(trace.records()[i]), all(wanted[i]));
    expect_equal(trace.records()[i].a, wanted[i].a);
    expect_equal(trace.records()[i].b, wanted[i].b);
  }
}

TEST_F(RoundTrip, DotModels) {
  std::vector<DotModelUse> uses;
  for (const std::string_view name : EnumNames<DotPreset>::names) uses.emplace_back(*from_name<DotPreset>(name));
  uses.emplace_back(CustomDotModel{Format::bf16, {.fraction_bits = 36, .terms = 1024, .chain = 64}});
  uses.emplace_back(
      CustomDotModel{Format::fp8_e5m2, {.fraction_bits = 1, .terms = 1, .chain = 1, .out = DotOutput::fp16}});
  TraceWriter writer(folder_ / "t", test::example_provenance());
  test::fill_example(writer);
  for (std::size_t i = 0; i < uses.size(); ++i) {
    Record record = test::example_records()[0];
    record.id += std::to_string(i);
    record.dot_model = uses[i];
    writer.add(record);
  }
  writer.commit();
  const Trace trace = Trace::open(folder_ / "t");
  const std::size_t plain = test::example_records().size();
  for (std::size_t i = 0; i < plain; ++i) EXPECT_FALSE(trace.records()[i].dot_model.has_value());
  for (std::size_t i = 0; i < uses.size(); ++i) EXPECT_EQ(trace.records()[plain + i].dot_model, uses[i]);
}

// The text of a record without a dot model says nothing of it.
TEST_F(RoundTrip, NoDotModelLeavesNoKey) {
  test::write_example(folder_ / "t");
  EXPECT_EQ(test::read_bytes(folder_ / "t").find("dot_model"), std::string::npos);
}

TEST_F(RoundTrip, FileAndProvenance) {
  test::write_example(folder_ / "t");
  const Trace trace = Trace::open(folder_ / "t");
  EXPECT_EQ(trace.path(), folder_ / "t");
  EXPECT_EQ(trace.file_bytes(), std::filesystem::file_size(folder_ / "t"));
  const auto all = [](const Provenance& p) {
    return std::tie(p.backend, p.device, p.driver, p.cuda, p.kernels, p.network, p.dataset, p.date, p.revision, p.seed);
  };
  EXPECT_EQ(all(trace.provenance()), all(test::example_provenance()));
}

TEST_F(RoundTrip, EveryProvenanceField) {
  const Provenance provenance{"torch", "d", "v", "c", "k", "n", "s", "t", "r", 7};
  TraceWriter(folder_ / "t", provenance).commit();
  const Provenance p = Trace::open(folder_ / "t").provenance();
  EXPECT_EQ(p.backend + p.device + p.driver + p.cuda + p.kernels + p.network + p.dataset + p.date + p.revision,
            "torchdvcknstr");
  EXPECT_EQ(p.seed, 7U);
}

TEST_F(RoundTrip, Tensors) {
  test::write_example(folder_ / "t");
  const Trace trace = Trace::open(folder_ / "t");
  const Record &fprop = trace.records()[0], &wgrad = trace.records()[1];
  const auto bytes_of = [](const CodeView& view) { return std::vector(view.bytes.begin(), view.bytes.end()); };
  const CodeView x = trace.codes(fprop.a);
  EXPECT_EQ(bytes_of(x), test::some_codes(Format::int4, 4, 5, 1).bytes);
  EXPECT_EQ(std::tuple(x.format, x.rows, x.cols), std::tuple(Format::int4, 4U, 5U));
  EXPECT_EQ(bytes_of(trace.codes(wgrad.b, 0)), test::some_codes(Format::fp4_e3m0, 4, 3, 3).bytes);
  EXPECT_EQ(bytes_of(trace.codes(wgrad.b, 1)), test::some_codes(Format::fp4_e3m0, 4, 3, 4).bytes);
  const std::vector<float> source = trace.source(fprop.a), out = trace.out(fprop);
  ASSERT_EQ(source.size(), 20U);
  ASSERT_EQ(out.size(), 12U);
  for (std::size_t i = 0; i < source.size(); ++i) {
    EXPECT_EQ(source[i], static_cast<float>(i) * 0.37F - 2);
    if (i < out.size()) {
      EXPECT_EQ(out[i], source[i]);
    }
  }
  EXPECT_THROW(trace.codes(wgrad.b, 2), std::out_of_range);
  EXPECT_THROW(trace.source(fprop.b), TraceError);
  EXPECT_THROW(trace.tensor("none"), TraceError);
}

// Views stay valid as long as any copy of the trace does.
TEST_F(RoundTrip, CopiesShareTheMap) {
  test::write_example(folder_ / "t");
  std::optional<Trace> first = Trace::open(folder_ / "t");
  const Trace second = *first;
  const CodeView codes = first->codes(first->records()[0].a);
  first.reset();
  EXPECT_EQ(second.codes(second.records()[0].a).bytes.data(), codes.bytes.data());
  EXPECT_EQ(codes.code(0, 0), test::some_codes(Format::int4, 4, 5, 1).view().code(0, 0));
}

TEST_F(RoundTrip, Bf16SourcesWidenExactly) {
  test::write_example(folder_ / "t");
  test::RawTrace raw(folder_ / "t");
  const std::vector<std::uint16_t> bf16{0x0000, 0x8000, 0x3F80, 0xC2F7, 0x7F80, 0x0001, 0x7F7F};
  std::string data(40, '\0');
  std::memcpy(data.data(), bf16.data(), 2 * bf16.size());
  // At an odd byte: nothing in the container asks for alignment.
  raw.header["pad"] = {{"dtype", "U8"}, {"shape", {1}}, {"data_offsets", {raw.data.size(), raw.data.size() + 1}}};
  raw.data += '\0';
  raw.header["bf16"] = {
      {"dtype", "BF16"}, {"shape", {4, 5}}, {"data_offsets", {raw.data.size(), raw.data.size() + 40}}};
  raw.data += data;
  raw.records[0].at("a").as_object()["source"] = "bf16";
  raw.save(folder_ / "t");
  const Trace trace = Trace::open(folder_ / "t");
  const std::vector<float> source = trace.source(trace.records()[0].a);
  ASSERT_EQ(source.size(), 20U);
  for (std::size_t i = 0; i < bf16.size(); ++i)
    EXPECT_EQ(std::bit_cast<std::uint32_t>(source[i]), std::uint32_t{bf16[i]} << 16);
  EXPECT_EQ(trace.tensor("bf16").dtype, Dtype::BF16);
}

TEST_F(RoundTrip, ScalesSeedsAndConstantsKeepEveryBit) {
  std::mt19937_64 random(3);
  std::vector<Record> records;
  std::vector<float> scales{0, 1e-45F, 0x1p-126F, 0.1F, std::numeric_limits<float>::max()};
  while (scales.size() < 2000) {
    const auto scale = std::bit_cast<float>(static_cast<std::uint32_t>(random() >> 33));
    if (std::isfinite(scale)) scales.push_back(scale);
  }
  TraceWriter writer(folder_ / "t", {.backend = "cpu"});
  for (std::size_t i = 0; i < scales.size(); ++i) {
    Record record{.id = std::to_string(i), .m = 1, .n = 1, .k = 1};
    const auto c2 =
        std::ldexp(1 + static_cast<double>(random() >> 12) * 0x1p-52, static_cast<int>(random() % 2000) - 1000);
    record.a = {.rows = 1, .cols = 1, .scale = scales[i], .quantization = SawbQuantization{{.c1 = 12.035, .c2 = c2}}};
    record.b = {.format = Format::fp4_e3m0, .rows = 1, .cols = 1};
    record.b.quantization = LuqQuantization{.stream = {.seed = i < 2 ? 0 - i : random()}, .estimate = scales[i]};
    records.push_back(record);
    writer.add(record);
  }
  writer.commit();
  const Trace trace = Trace::open(folder_ / "t");
  for (std::size_t i = 0; i < records.size(); ++i) {
    expect_equal(trace.records()[i].a, records[i].a);
    expect_equal(trace.records()[i].b, records[i].b);
  }
}

// Decimal text as Python's repr or a hand writes it becomes the nearest binary64.
TEST_F(RoundTrip, DecimalsAreRoundedToNearest) {
  test::write_example(folder_ / "t");
  test::RawTrace raw(folder_ / "t");
  std::mt19937_64 random(4);
  for (int i = 0; i < 300; ++i) {
    const std::string text = std::to_string(random() % 1000) + "." + std::to_string(random() % 1'000'000'000'000'000) +
                             "e" + std::to_string(static_cast<int>(random() % 200) - 100);
    std::string records = json::serialize(raw.records);
    records.replace(records.find("1.2035E1"), 8, text);
    json::object header = raw.header;
    header["__metadata__"].as_object()["luqtrace.records"] = records;
    test::write_bytes(folder_ / "t", test::container(json::serialize(header), raw.data));
    const Trace trace = Trace::open(folder_ / "t");
    EXPECT_EQ(std::get<SawbQuantization>(*trace.records()[0].a.quantization).config.c1,
              std::strtod(text.c_str(), nullptr))
        << text;
  }
}

}  // namespace
}  // namespace luqsim

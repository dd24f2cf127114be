// Hostile records: one value of a good trace changed, the message names record, key, value and what was wanted.
#include <algorithm>
#include <initializer_list>
#include <span>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "trace_files.h"

namespace luqsim {
namespace {
namespace json = boost::json;

constexpr const char* erase = "";

struct Change {
  const char* record;  // id
  const char* key;     // "a.im2col.stride"
  const char* value;   // JSON; `erase` removes the key
  const char* error;   // after "record N ('id'): "; "" where the change is allowed
};

void apply(const Change& change, json::object& record) {
  json::object* object = &record;
  std::string key = change.key;
  for (std::size_t dot = key.find('.'); dot != std::string::npos; dot = key.find('.')) {
    object = &object->at(key.substr(0, dot)).as_object();
    key.erase(0, dot + 1);
  }
  if (std::string_view(change.value) == erase)
    object->erase(key);
  else
    (*object)[key] = json::parse(change.value);
}

class Records : public testing::Test {
 protected:
  Records() { test::write_example(folder_ / "good"); }

  // The message, without the file's name, after these changes to one record.
  std::string error_of(std::initializer_list<Change> changes) const {
    test::RawTrace raw(folder_ / "good");
    const std::string id = changes.begin()->record;
    json::value& record = *std::ranges::find_if(raw.records, [&](auto& r) { return r.at("id").as_string() == id; });
    for (const Change& change : changes) apply(change, record.as_object());
    raw.save(folder_ / "bad");
    const std::string error = test::open_error(folder_ / "bad"), file = (folder_ / "bad").string() + ": ";
    if (error.empty()) return error;
    EXPECT_TRUE(error.starts_with(file)) << error;
    return error.substr(file.size());
  }

  void expect(std::span<const Change> changes) const {
    for (const Change& change : changes) {
      const std::string error = error_of({change});
      if (*change.error == '\0') {
        EXPECT_EQ(error, "") << change.key << " = " << change.value;
        continue;
      }
      EXPECT_NE(error.find(change.error), std::string::npos) << change.key << " = " << change.value << ": " << error;
      EXPECT_TRUE(error.starts_with("record ")) << error;
    }
  }

  test::TemporaryFolder folder_;
};

TEST_F(Records, Schema) {
  const Change changes[] = {
      {"fc.fprop", "step", "13", ""},
      {"fc.fprop", "kernel", erase, ""},
      {"fc.fprop", "out", erase, ""},
      {"fc.fprop", "a.source", erase, ""},
      {"fc.fprop", "a.quantizer", erase, ""},
      {"fc.fprop", "a.scale", "2", ""},
      {"fc.fprop", "a.scale", "0", ""},
      {"fc.fprop", "layer", erase, "record 0 ('fc.fprop'): layer: missing; wanted this key"},
      {"fc.fprop", "id", erase, "record 0: id: missing"},
      {"fc.fprop", "id", "\"\"", "record 0 (''): id: ''; wanted a name that no other record has"},
      {"fc.fprop", "id", "\"fc.wgrad\"", "record 1 ('fc.wgrad'): id: 'fc.wgrad'; wanted a name that no other record"},
      {"fc.fprop", "id", "7", "record 0: id: 7; wanted a string"},
      {"fc.fprop", "M", "4", "record 0 ('fc.fprop'): 'M': unknown key; wanted one of id, step, layer, pass, m, n, k"},
      {"fc.fprop", "a.shape", "4", "record 0 ('fc.fprop'): a.'shape': unknown key; wanted one of format, rows"},
      {"fc.wgrad", "b.quantizer.eta", "0.1", "record 1 ('fc.wgrad'): b.quantizer.'eta': unknown key"},
      {"fc.fprop", "pass", "\"forward\"", "pass: \"forward\"; wanted one of fprop, dgrad, wgrad"},
      {"fc.fprop", "pass", "0", "pass: 0; wanted one of fprop, dgrad, wgrad"},
      {"fc.fprop", "step", "-1", "step: -1; wanted an integer from 0 to 18446744073709551615"},
      {"fc.fprop", "m", "4.0", "m: 4E0; wanted an integer"},
      {"fc.fprop", "a", "[]", "record 0 ('fc.fprop'): a: []; wanted an object"},
      {"fc.fprop", "a.view", "null", "a.view: null; wanted one of direct, transposed, im2col, im2col_transposed"},
      {"fc.fprop", "a.scale", "\"1\"", "a.scale: \"1\"; wanted a finite binary32 number"},
      {"fc.fprop", "a.scale", "1e39", "a.scale: 1E39; wanted a finite binary32 number"},
      {"fc.fprop", "a.scale", "-1", "a.scale: -1; wanted a finite binary32 number >= 0"},
      {"fc.fprop", "a.codes", "\"x\"", "a.codes: \"x\"; wanted an array of strings"},
      {"fc.fprop", "a.codes", "[1]", "a.codes: 1; wanted a string"},
      {"fc.fprop", "a.quantizer", "{}", "a.quantizer.kind: missing"},
      {"fc.fprop", "a.quantizer.kind", "\"rtn\"", "a.quantizer.kind: \"rtn\"; wanted one of sawb, luq"},
      {"fc.fprop", "a.quantizer.c1", "null", "a.quantizer.c1: null; wanted a finite binary64 number"},
      {"fc.wgrad", "b.quantizer.kind", "\"sawb\"", "b.quantizer.c1: missing"},
      {"fc.wgrad", "b.quantizer.tensor", "4294967296", "b.quantizer.tensor: 4294967296; wanted an integer from 0 to 4"},
      {"conv.fprop", "a.im2col.n", "-2", "a.im2col.n: -2; wanted an integer from 0 to 4294967295"},
      {"conv.fprop", "a.im2col.padding", erase, "a.im2col.padding: missing"},
  };
  expect(changes);
}

TEST_F(Records, ShapesAndViews) {
  const Change changes[] = {
      {"fc.fprop", "m", "0", "record 0 ('fc.fprop'): m: 0; wanted 1 to 2^40 - 1"},
      {"fc.fprop", "n", "1099511627776", "n: 1099511627776; wanted 1 to 2^40 - 1"},
      {"fc.fprop", "k", "6", "a.view: direct gives 4 x 5; wanted 4 x 6, from the record's m, n, k"},
      {"fc.fprop", "n", "4", "b.view: direct gives 5 x 3; wanted 5 x 4, from the record's m, n, k"},
      {"fc.wgrad", "a.view", "\"direct\"", "a.view: direct gives 4 x 5; wanted 5 x 4"},
      {"fc.fprop", "a.view", "\"transposed\"", "a.view: transposed gives 5 x 4; wanted 4 x 5"},
      {"fc.fprop", "a.rows", "18446744073709551615", "a.view: direct gives 18446744073709551615 x 5; wanted 4 x 5"},
      {"fc.fprop", "a.cols", "18446744073709551615", "a.view: direct gives 4 x 18446744073709551615; wanted 4 x 5"},
      {"fc.dgrad", "a.rows", "0", "a.view: direct gives 0 x 3; wanted 4 x 3"},
      {"fc.fprop", "a.view", "\"im2col\"",
       "a.im2col: missing; wanted the shape of the image and kernel with view im2col"},
      {"conv.fprop", "a.view", "\"direct\"", "a.im2col: present; wanted none with view direct"},
      {"conv.fprop", "a.view", "\"im2col_transposed\"", "im2col_transposed gives 12 x 40; wanted 40 x 12"},
      {"conv.fprop", "a.im2col.stride", "0", "a.im2col.stride: 0; wanted at least 1"},
      {"conv.fprop", "a.im2col.n", "0", "a.im2col.n: 0; wanted at least 1"},
      {"conv.fprop", "a.im2col.kernel_w", "0", "a.im2col.kernel_w: 0; wanted at least 1"},
      {"conv.fprop", "a.im2col.kernel_h", "7", "a.im2col.kernel_h: 7; wanted at most 6, the padded image"},
      {"conv.fprop", "a.im2col.kernel_w", "6", "a.im2col.kernel_w: 6; wanted at most 5, the padded image"},
      {"conv.fprop", "a.im2col.stride", "2", "a.view: im2col gives 12 x 12; wanted 40 x 12"},
      {"conv.fprop", "a.im2col.h", "5", "a.im2col: an image of 2 x 5 x 3 pixels and 3 channels; wanted 24 pixels"},
      {"conv.fprop", "a.im2col.c", "4", "4 channels; wanted 24 pixels and 3 channels, the operand's rows and cols"},
      {"conv.fprop", "a.im2col.n", "4294967295", "a.im2col: an image of 4294967295 x 4 x 3 pixels"},
      {"conv.fprop", "a.im2col.padding", "2", "a.im2col.padding: 2; wanted less than 2, the kernel's shorter side"},
      {"conv.fprop", "a.im2col.kernel_w", "1", "a.im2col.padding: 1; wanted less than 1, the kernel's shorter side"},
      {"conv.fprop", "a.im2col.padding", "4294967295", "a.im2col.padding: 4294967295; wanted less than 2"},
  };
  expect(changes);
  EXPECT_NE(error_of({{"conv.fprop", "a.im2col.kernel_h", "4294967295", nullptr},
                      {"conv.fprop", "a.im2col.kernel_w", "4294967295", nullptr},
                      {"conv.fprop", "a.im2col.padding", "4294967294", nullptr}})
                .find("a.im2col: a patch matrix of 2^64 or more rows or columns"),
            std::string::npos);
  // 2^32 x 2^32 pixels wrap to 0 in 64 bits.
  const Change image{"conv.fprop", "a.im2col", R"({"n": 2147483648, "h": 2147483648, "w": 4, "c": 3, "kernel_h": 2,
                                                   "kernel_w": 2, "stride": 1, "padding": 0})",
                     nullptr};
  const Change rows{"conv.fprop", "a.rows", "0", nullptr};
  EXPECT_NE(error_of({image, rows}).find("a.im2col: an image of 2147483648 x 2147483648 x 4"), std::string::npos);
}

TEST_F(Records, MacsFit64Bits) {
  const Change m{"fc.dgrad", "m", "1099511627775", nullptr}, rows{"fc.dgrad", "a.rows", "1099511627775", nullptr};
  EXPECT_EQ(error_of({m, rows}), "");
  const Change n{"fc.dgrad", "n", "1099511627775", nullptr};
  EXPECT_EQ(error_of({m, n}),
            "record 3 ('fc.dgrad'): m, n, k: 1099511627775 x 1099511627775 x 3 x 1 samples; wanted fewer than 2^64 "
            "multiplications");
}

TEST_F(Records, FormatsAndQuantizers) {
  const Change changes[] = {
      {"fc.dgrad", "b.format", "\"uint4\"", ""},
      {"fc.fprop", "a.format", "\"uint4\"", ""},
      {"fc.dgrad", "a.format", "\"fp4_e2m1\"", "a.format: fp4_e2m1; wanted int4, uint4 or fp4_e3m0"},
      {"fc.dgrad", "a.format", "\"fp32\"", "a.format: fp32; wanted int4, uint4 or fp4_e3m0"},
      {"fc.dgrad", "a.format", "\"int8\"", "a.format: int8; wanted int4, uint4 or fp4_e3m0"},
      {"fc.dgrad", "a.format", "\"int5\"", "a.format: \"int5\"; wanted one of int4, uint4, fp4_e3m0"},
      {"fc.dgrad", "b.format", "\"fp4_e3m0\"", "a.format, b.format: fp4_e3m0 twice; wanted at least one of int4"},
      {"fc.fprop", "a.format", "\"fp4_e3m0\"", "a.quantizer: sawb for fp4_e3m0; wanted luq, or format int4 or uint4"},
      {"fc.wgrad", "b.format", "\"int4\"", "b.format: int4; wanted fp4_e3m0 with quantizer luq, rounding rdnp+su"},
      {"fc.wgrad", "b.quantizer.rounding", "\"luq\"", ""},
      {"fc.wgrad", "b.quantizer.rounding", "\"nearest\"", "wanted one of luq, rdnp, rdnp+su, sr, int4_sr"},
      {"fc.wgrad", "b.quantizer.top_exponent", "6", ""},
      {"fc.wgrad", "b.quantizer.top_exponent", "5", "b.quantizer: luq top_exponent: 5; wanted 4, 6 or 7"},
      {"fc.wgrad", "b.quantizer.top_exponent", "7", "b.quantizer.top_exponent: 7; wanted at most 6: 7 has no 4-bit"},
      {"fc.wgrad", "b.quantizer.random_bits", "17", "b.quantizer: luq random_bits: 17; wanted 1 to 16"},
      {"fc.wgrad", "b.quantizer.reuse", "0", "b.quantizer: luq reuse: 0; wanted at least 1"},
      {"fc.wgrad", "b.quantizer.step", "16777216", "b.quantizer.step: 16777216; wanted less than 16777216"},
      {"fc.wgrad", "b.quantizer.sample", "255", "b.quantizer.sample: 255 with 2 code tensors; wanted sample numbers"},
      {"fc.wgrad", "b.quantizer.sample", "4294967295", "b.quantizer.sample: 4294967295 with 2 code tensors"},
      {"fc.wgrad", "b.quantizer.estimate", erase, ""},
      {"fc.wgrad", "b.quantizer.estimate", "-0.5", "b.quantizer.estimate: -0.5; wanted a finite binary32 number >= 0"},
  };
  expect(changes);
  EXPECT_NE(error_of({{"fc.dgrad", "m", "134217728", nullptr},
                      {"fc.dgrad", "a.rows", "134217728", nullptr},
                      {"fc.dgrad", "a.format", "\"int4\"", nullptr},
                      {"fc.dgrad", "a.quantizer", R"({"kind": "sawb", "c1": 12, "c2": 12})", nullptr}})
                .find("a.quantizer: sawb of 134217728 x 3 elements; wanted at most 2^27 elements"),
            std::string::npos);
}

TEST_F(Records, TensorsAreThereAndFit) {
  const Change changes[] = {
      {"fc.fprop", "a.codes", "[\"none\"]", "a.codes: 'none'; wanted the name of a tensor in this file"},
      {"fc.fprop", "a.codes", "[\"\"]", "a.codes: ''; wanted the name of a tensor"},
      {"fc.fprop", "a.codes", "[\"__metadata__\"]", "a.codes: '__metadata__'; wanted the name of a tensor"},
      {"fc.fprop", "a.codes", "[\"w\"]", "a.codes: tensor 'w' is U8 [5, 2]; wanted U8 [4, 3]"},
      {"fc.fprop", "a.codes", "[\"x.source\"]", "a.codes: tensor 'x.source' is F32 [4, 5]; wanted U8 [4, 3]"},
      {"fc.fprop", "a.source", "\"x\"", "a.source: tensor 'x' is U8 [4, 3]; wanted F32 or BF16 [4, 5]"},
      {"fc.fprop", "a.source", "\"z\"", "a.source: tensor 'z' is F32 [4, 3]; wanted F32 or BF16 [4, 5]"},
      {"fc.fprop", "a.source", "\"none\"", "a.source: 'none'; wanted the name of a tensor"},
      {"fc.fprop", "out", "\"none\"", "out: 'none'; wanted the name of a tensor in this file"},
      {"fc.fprop", "out", "\"x.source\"", "out: tensor 'x.source' is F32 [4, 5]; wanted F32 [4, 3]"},
      {"fc.fprop", "a.codes", erase, "a.codes: missing; wanted codes for both operands, or for neither (shape only)"},
      {"fc.fprop", "b.codes", "[]", "b.codes: missing; wanted codes for both operands, or for neither (shape only)"},
      {"fc.wgrad", "a.codes", "[\"x\", \"x\"]", ""},
      {"fc.wgrad", "a.codes", "[\"x\", \"x\", \"x\"]",
       "a.codes, b.codes: 3 and 2 tensors; wanted equal numbers, or one for either"},
  };
  expect(changes);
  std::string many = "[\"w\"";
  for (int i = 1; i < 257; ++i) many += ",\"w\"";
  EXPECT_EQ(error_of({{"fc.fprop", "b.codes", (many + "]").c_str(), nullptr}}),
            "record 0 ('fc.fprop'): a.codes, b.codes: 1 and 257 tensors; wanted at most 256");
}

TEST_F(Records, DotModels) {
  const auto custom = [](const std::string& fields) {
    return R"({"format": "fp8_e4m3", "fraction_bits": 13, "terms": 32, "chain": 1, "out": "e8m13")" + fields + "}";
  };
  const std::string whole = custom(""), more = custom(R"(, "rounding": "up")");
  const auto with = [&](const char* key, const char* value) -> std::string {
    const json::value parsed = json::parse(whole);
    json::object object = parsed.as_object();
    object[key] = json::parse(value);
    return json::serialize(object);
  };
  const std::pair<std::string, const char*> cases[] = {
      {"\"hopper_fp8\"", ""},
      {"\"ada_bf16\"", ""},
      {whole, ""},
      {with("fraction_bits", "36"), ""},
      {with("terms", "1024"), ""},
      {with("chain", "64"), ""},
      {with("out", "\"fp16\""), ""},
      {with("format", "\"fp8_e5m2\""), ""},
      {"\"hopper\"", "dot_model: \"hopper\"; wanted an object or one of hopper_fp16, hopper_bf16, hopper_fp8, ampere_"},
      {"13", "dot_model: 13; wanted an object or one of hopper_fp16"},
      {"null", "dot_model: null; wanted an object or one of hopper_fp16"},
      {"[]", "dot_model: []; wanted an object or one of hopper_fp16"},
      {"{}", "dot_model.format: missing; wanted this key"},
      {more, "dot_model.'rounding': unknown key; wanted one of format, fraction_bits, terms, chain, out"},
      {with("fraction_bits", "0"), "dot_model.fraction_bits: 0; wanted 1 to 36"},
      {with("fraction_bits", "37"), "dot_model.fraction_bits: 37; wanted 1 to 36"},
      {with("fraction_bits", "-1"), "dot_model.fraction_bits: -1; wanted an integer from 0 to 4294967295"},
      {with("fraction_bits", "13.0"), "dot_model.fraction_bits: 1.3E1; wanted an integer"},
      {with("terms", "0"), "dot_model.terms: 0; wanted 1 to 1024"},
      {with("terms", "1025"), "dot_model.terms: 1025; wanted 1 to 1024"},
      {with("terms", "4294967296"), "dot_model.terms: 4294967296; wanted an integer from 0 to 4294967295"},
      {with("chain", "0"), "dot_model.chain: 0; wanted 1 to 64"},
      {with("chain", "65"), "dot_model.chain: 65; wanted 1 to 64"},
      {with("out", "\"fp64\""), "dot_model.out: \"fp64\"; wanted one of fp32, e8m13, fp16"},
      {with("format", "\"int5\""), "dot_model.format: \"int5\"; wanted one of int4, uint4"},
      {with("format", "\"int4\""), "dot_model.format: int4; wanted fp16, bf16, fp8_e4m3 or fp8_e5m2"},
      {with("format", "\"int8\""), "dot_model.format: int8; wanted fp16, bf16, fp8_e4m3 or fp8_e5m2"},
      {with("format", "\"fp32\""), "dot_model.format: fp32; wanted fp16, bf16, fp8_e4m3 or fp8_e5m2"},
  };
  for (const auto& [value, error] : cases) expect({{{"fc.fprop", "dot_model", value.c_str(), error}}});
  // 9 needs four bits of significand, fp8_e5m2 has three.
  EXPECT_NE(
      error_of({{"conv.fprop", "dot_model", with("format", "\"fp8_e5m2\"").c_str(), nullptr}})
          .find("dot_model.format: fp8_e5m2 with uint4 operands; wanted a format that holds their values exactly"),
      std::string::npos);
  EXPECT_EQ(error_of({{"conv.fprop", "dot_model", whole.c_str(), nullptr}}), "");
  EXPECT_NE(error_of({{"fc.dgrad", "dot_model", "\"hopper_fp8\"", nullptr}})
                .find("dot_model: present; wanted none without codes"),
            std::string::npos);
}

TEST_F(Records, NumbersBeyondBinary64) {
  test::RawTrace raw(folder_ / "good");
  std::string records = json::serialize(raw.records);
  records.replace(records.find("1.2035E1"), 8, "1e400");
  json::object header = raw.header;
  header["__metadata__"].as_object()["luqtrace.records"] = records;
  test::write_bytes(folder_ / "bad", test::container(json::serialize(header), raw.data));
  EXPECT_NE(test::open_error(folder_ / "bad").find("a.quantizer.c1: Infinity; wanted a finite binary64 number"),
            std::string::npos);
}

TEST_F(Records, SumsStayExact) {
  const auto error_for = [this](std::uint64_t k) {
    const std::string codes = std::string(k, '\0'), text = std::to_string(k), rows = "[" + text + ",1]";
    const json::value tensor =
        json::parse(R"({"dtype":"U8","shape":[)" + text + R"(,1],"data_offsets":[0,)" + text + "]}");
    const json::value operand =
        json::parse(R"({"format":"int4","view":"direct","scale":1,"codes":["t"],"cols":1,"rows":)" + text + "}");
    json::object record{{"id", "r"}, {"step", 0}, {"layer", ""}, {"pass", "wgrad"}, {"m", 1}, {"n", 1}, {"k", k}};
    record["a"] = record["b"] = operand;
    record["a"].as_object()["view"] = "transposed";
    const json::object header{{"__metadata__", test::metadata(json::serialize(json::array{record}))}, {"t", tensor}};
    test::write_bytes(folder_ / "long", test::container(json::serialize(header), codes));
    return test::open_error(folder_ / "long");
  };
  EXPECT_EQ(error_for((1U << 21) - 1), "");
  EXPECT_NE(error_for(1U << 21).find("k: sums of 2097152 x 1 products; wanted fewer than 2^21"), std::string::npos);
}

TEST_F(Records, LongValuesAreCutInMessages) {
  test::RawTrace raw(folder_ / "good");
  raw.records[0].as_object()["pass"] = std::string(1 << 20, 'p');
  raw.records[0].as_object()["id"] = std::string(1 << 20, 'i') + "\n";
  raw.save(folder_ / "bad");
  EXPECT_LT(test::open_error(folder_ / "bad").size(), 600U);
}

TEST_F(Records, ShapesAloneMakeATrace) {
  Record record{.id = "fc", .m = 3, .n = 4, .k = 5};
  record.a.rows = 3;
  record.a.cols = record.b.rows = 5;
  record.b.cols = 4;
  const Trace trace = Trace::of_shapes("layers.csv", {.backend = "cpu"}, {record});
  EXPECT_EQ(trace.records().size(), 1U);
  EXPECT_TRUE(trace.records()[0].shape_only());
  EXPECT_EQ(trace.file_bytes(), 0U);

  const auto error_for = [](std::vector<Record> records) -> std::string {
    try {
      Trace::of_shapes("layers.csv", {.backend = "cpu"}, std::move(records));
    } catch (const TraceError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_NE(error_for({record, record}).find("layers.csv: record 1 ('fc'): id: 'fc'"), std::string::npos);
  record.m = 0;
  EXPECT_NE(error_for({record}).find("m: 0; wanted 1"), std::string::npos);
  record.m = 3;
  record.a.codes = record.b.codes = {"missing"};
  EXPECT_NE(error_for({record}).find("'missing'"), std::string::npos);
}

TEST_F(Records, NamesWithoutControlCharacters) {
  const std::string wanted = "; wanted no control characters";
  for (const char* key : {"id", "layer", "kernel", "out", "a.source"})
    for (const auto& [text, shown] : {std::pair(R"("a\u0001")", "'a\\x01'"), std::pair(R"("\u001b[2J")", "'\\x1b[2J'"),
                                      std::pair(R"("a\nb")", "'a\\x0ab'"), std::pair(R"("\u007f")", "'\\x7f'"),
                                      std::pair(R"("\u009b31m")", "'\\xc2\\x9b31m'")}) {
      const std::string error = error_of({{"fc.fprop", key, text, nullptr}});
      EXPECT_NE(error.find(std::string(key) + ": " + shown + wanted), std::string::npos) << error;
    }
  EXPECT_NE(error_of({{"fc.fprop", "a.codes", R"(["x\u0000"])", nullptr}}).find(wanted), std::string::npos);
  EXPECT_EQ(error_of({{"fc.fprop", "layer", R"("\u00e4 \u4f8b & <b>")", nullptr}}), "");
}

}  // namespace
}  // namespace luqsim

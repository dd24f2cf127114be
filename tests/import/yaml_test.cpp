// Lists of layers in YAML: shapes, and the messages of what is wrong in them.
#include <string>

#include <gtest/gtest.h>

#include "import_files.h"

namespace luqsim {
namespace {

using test::record;
using test::shape;

const std::string fc = "layers:\n  - {name: fc, type: gemm, m: 2, n: 3, k: 4}\n";
const std::string conv = "layers:\n  - {name: c, type: conv, h: 8, w: 6, c: 4, kernel: 3, filters: 10}\n";
const ImportOptions fprop_only{.passes = {Pass::fprop}};

class Yaml : public testing::Test {
 protected:
  Trace import(const std::string& text, const ImportOptions& options = {}) const {
    return files_.import("net.yaml", text, options);
  }
  std::string error(const std::string& text, const ImportOptions& options = {}) const {
    return files_.error("net.yaml", text, options);
  }
  static std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
  }

  test::ImportFiles files_;
};

TEST_F(Yaml, GemmAndItsBatch) {
  EXPECT_EQ(shape(import(fc).records()[0]), "2x4x3 direct direct");
  EXPECT_EQ(import("batch: 8\n" + fc).records()[0].m, 16U);
  EXPECT_EQ(import("batch: 8\n" + fc, {.batch = 3}).records()[0].m, 6U);
  EXPECT_EQ(import("batch: 8\n" + fc, {.batch = 1}).records()[0].m, 2U);
  EXPECT_EQ(import(fc).provenance().network, "net");
  EXPECT_EQ(import("name: mine\n" + fc).provenance().network, "mine");
}

TEST_F(Yaml, Convolution) {
  const Trace trace = import(conv, {.batch = 2});
  EXPECT_EQ(shape(record(trace, "c.fprop")), "48x36x10 im2col direct");
  EXPECT_EQ(shape(record(trace, "c.dgrad")), "48x10x36 direct transposed");
  EXPECT_EQ(shape(record(trace, "c.wgrad")), "36x48x10 im2col_transposed direct");
  const Operand& a = record(trace, "c.fprop").a;
  EXPECT_EQ(a.rows, 96U);
  EXPECT_EQ(a.cols, 4U);
  EXPECT_EQ(a.im2col->n, 2U);
  EXPECT_EQ(a.im2col->w, 6U);
}

TEST_F(Yaml, KernelStrideAndPadding) {
  const auto shape_with = [&](const std::string& kernel) {
    return shape(import(replaced(conv, "kernel: 3", kernel), fprop_only).records()[0]);
  };
  EXPECT_EQ(shape_with("kernel: [1, 3]"), "32x12x10 im2col direct");
  EXPECT_EQ(shape_with("kernel: [3, 1]"), "36x12x10 im2col direct");
  EXPECT_EQ(shape_with("kernel: 3, stride: 2"), "6x36x10 im2col direct");  // rounds down, unlike SCALE-Sim: 3 x 2
  EXPECT_EQ(shape_with("kernel: 3, padding: 1"), "48x36x10 im2col direct");
  EXPECT_EQ(shape_with("kernel: 10, padding: 2"), "3x400x10 im2col direct");
  // No fewer zeros than the kernel has pixels: the image is stored with them.
  const Trace padded = import(replaced(conv, "kernel: 3", "kernel: 1, padding: 1"), fprop_only);
  EXPECT_EQ(shape(padded.records()[0]), "80x4x10 im2col direct");
  EXPECT_EQ(padded.records()[0].a.im2col->h, 10U);
  EXPECT_EQ(padded.records()[0].a.im2col->w, 8U);
  EXPECT_EQ(padded.records()[0].a.im2col->padding, 0U);
}

TEST_F(Yaml, RepeatAndGroups) {
  const Trace trace = import(replaced(conv, "filters: 10", "filters: 10, groups: 2, repeat: 2"), fprop_only);
  ASSERT_EQ(trace.records().size(), 4U);
  EXPECT_EQ(trace.records()[1].id, "c.0.g1.fprop");
  EXPECT_EQ(trace.records()[2].id, "c.1.g0.fprop");
  EXPECT_EQ(trace.records()[2].layer, "c.1.g0");
  EXPECT_EQ(shape(trace.records()[2]), "24x18x5 im2col direct");
  EXPECT_EQ(import(replaced(fc, "k: 4", "k: 4, repeat: 3")).records()[3].id, "fc.2.dgrad");
}

// Both operands of an attention product are of one sample: the batch makes more GEMMs, and their shape stays.
TEST_F(Yaml, PerSample) {
  const std::string scores = replaced(fc, "k: 4", "k: 4, per_sample: true");
  EXPECT_EQ(shape(import(scores, fprop_only).records()[0]), "2x4x3 direct direct");
  EXPECT_EQ(import(scores, fprop_only).records()[0].id, "fc.fprop");
  const Trace trace = import(scores, {.batch = 2});
  ASSERT_EQ(trace.records().size(), 6U);
  EXPECT_EQ(trace.records()[1].id, "fc.s1.fprop");
  EXPECT_EQ(shape(trace.records()[1]), "2x4x3 direct direct");
  EXPECT_EQ(shape(record(trace, "fc.s1.dgrad")), "2x3x4 direct transposed");
  EXPECT_EQ(shape(record(trace, "fc.s0.wgrad")), "4x2x3 transposed direct");
  const Trace heads = import(replaced(scores, "true", "true, repeat: 3"), {.passes = {Pass::fprop}, .batch = 2});
  ASSERT_EQ(heads.records().size(), 6U);
  EXPECT_EQ(heads.records()[3].id, "fc.1.s1.fprop");
  EXPECT_EQ(import(replaced(scores, "true", "false"), {.batch = 2}).records()[0].m, 4U);
  EXPECT_EQ(error(replaced(scores, "true", "yes")), "net.yaml:2:58: layers[0].per_sample: 'yes'; wanted true or false");
  EXPECT_EQ(error(scores, {.batch = 1000000}),
            "net.yaml:2:5: fc: repeat, groups and samples: 3000000 records up to here; wanted at most 1000000 in a "
            "trace");
}

TEST_F(Yaml, Blocks) {
  const std::string block =
      "layers:\n"
      "  - name: encoder\n"
      "    repeat: 2\n"
      "    layers:\n"
      "      - {name: qkv, type: gemm, m: 2, n: 3, k: 4, repeat: 3}\n"
      "      - {name: output, type: gemm, m: 2, n: 4, k: 3}\n"
      "  - {name: fc, type: gemm, m: 2, n: 3, k: 4}\n";
  const Trace trace = import(block, fprop_only);
  ASSERT_EQ(trace.records().size(), 9U);
  EXPECT_EQ(trace.records()[0].layer, "encoder.0.qkv.0");
  EXPECT_EQ(trace.records()[3].layer, "encoder.0.output");
  EXPECT_EQ(trace.records()[7].layer, "encoder.1.output");
  EXPECT_EQ(trace.records()[8].layer, "fc");
  EXPECT_EQ(import(replaced(block, "    repeat: 2\n", ""), fprop_only).records()[3].layer, "encoder.output");
  EXPECT_EQ(error(replaced(block, "n: 4", "n: 0")),
            "net.yaml:6:45: layers[0].layers[1].n: '0'; wanted an integer from 1 to 1099511627775");
  EXPECT_EQ(error(replaced(block, "repeat: 2", "batch: 2")),
            "net.yaml:3:5: layers[0].batch: unknown key; wanted one of: name, repeat, layers");
  EXPECT_EQ(error("layers: [{name: a, layers: []}]"),
            "net.yaml:1:28: layers[0].layers: no list, or an empty one; wanted a list of layers, at least one");
  EXPECT_EQ(error("layers: [{name: a, layers: [1]}]"),
            "net.yaml:1:29: layers[0].layers[0]: no keys; wanted a mapping such as {name: fc, type: gemm, m: 1, n: 1, "
            "k: 1}");
  EXPECT_NE(error("layers: [{name: a, layers: [{name: b, layers: [{name: c, type: gemm, m: 1, n: 1, k: 1}]}]}]"), "");
}

TEST_F(Yaml, BlocksThatAreTooLarge) {
  std::string text = "layers:\n  - name: a\n    repeat: 10000\n    layers:\n";
  for (int i = 0; i < 101; ++i) text += "      - {name: g" + std::to_string(i) + ", type: gemm, m: 1, n: 1, k: 1}\n";
  EXPECT_EQ(error(text),
            "net.yaml:5:7: layers[0].layers: 101 in 10000 repetitions; wanted at most 1000000 layers in all");
}

TEST_F(Yaml, WrongValues) {
  const std::string size = "wanted an integer from 1 to 16777216", count = "wanted an integer from 1 to 1099511627775";
  EXPECT_EQ(error(replaced(fc, "m: 2", "m: -2")), "net.yaml:2:31: layers[0].m: '-2'; " + count);
  EXPECT_EQ(error(replaced(fc, "m: 2", "m: two")), "net.yaml:2:31: layers[0].m: 'two'; " + count);
  EXPECT_EQ(error(replaced(fc, "m: 2", "m: 2.0")), "net.yaml:2:31: layers[0].m: '2.0'; " + count);
  EXPECT_EQ(error(replaced(fc, "m: 2", "m: [2]")), "net.yaml:2:31: layers[0].m: not a number; " + count);
  EXPECT_EQ(error(replaced(fc, "m: 2", "m:")), "net.yaml:2:30: layers[0].m: not a number; " + count);
  EXPECT_EQ(error(replaced(fc, "k: 4", "k: 4, repeat: 10001")),
            "net.yaml:2:54: layers[0].repeat: '10001'; wanted an integer from 1 to 10000");
  EXPECT_EQ(error(replaced(conv, "filters: 10", "filters: 10, stride: 0")),
            "net.yaml:2:77: layers[0].stride: '0'; " + size);
  EXPECT_EQ(error(replaced(conv, "kernel: 3", "kernel: 7")),
            "net.yaml:2:53: layers[0].kernel: 7; wanted at most 6, the padded image");
  EXPECT_EQ(error(replaced(conv, "kernel: 3", "kernel: [3, 0]")), "net.yaml:2:57: layers[0].kernel[1]: '0'; " + size);
  EXPECT_EQ(error(replaced(conv, "kernel: 3", "kernel: [3, 3, 3]")),
            "net.yaml:2:53: layers[0].kernel: not a number; " + size + ", or [height, width]");
  EXPECT_EQ(error(replaced(conv, "filters: 10", "filters: 10, groups: 4")),
            "net.yaml:2:77: layers[0].groups: 4; wanted a divisor of filters, 10");
  EXPECT_EQ(error(replaced(conv, "filters: 10", "filters: 10, groups: 5")),
            "net.yaml:2:77: layers[0].groups: 5; wanted a divisor of c, 4");
  EXPECT_EQ(error(replaced(fc, "gemm", "lstm")), "net.yaml:2:22: layers[0].type: 'lstm'; wanted conv or gemm");
  EXPECT_EQ(error(replaced(fc, "name: fc", "name: ''")),
            "net.yaml:2:12: layers[0].name: ''; wanted a text of 1 to 200 characters");
  EXPECT_EQ(error("batch: 0\n" + fc), "net.yaml:1:8: batch: '0'; " + size);
}

TEST_F(Yaml, WrongKeys) {
  EXPECT_EQ(error(replaced(fc, "m: 2", "mm: 2")),
            "net.yaml:2:28: layers[0].mm: unknown key; wanted one of: name, type, m, n, k, per_sample, repeat");
  EXPECT_EQ(error(replaced(fc, "m: 2", "stride: 2")),
            "net.yaml:2:28: layers[0].stride: unknown key; wanted one of: name, type, m, n, k, per_sample, repeat");
  EXPECT_EQ(error(replaced(fc, "m: 2, ", "")),
            "net.yaml:2:5: layers[0].m: missing; wanted an integer from 1 to 1099511627775");
  EXPECT_EQ(error(replaced(fc, "type: gemm, ", "")),
            "net.yaml:2:5: layers[0].type: missing; wanted a text of 1 to 200 characters");
  EXPECT_EQ(error(replaced(fc, "n: 3", "m: 3")), "net.yaml:2:34: layers[0].m: stands twice; wanted once");
  EXPECT_EQ(error("layer: 1\n" + fc), "net.yaml:1:1: layer: unknown key; wanted one of: name, batch, layers");
  EXPECT_EQ(error(fc + fc), "net.yaml:3:1: layers: stands twice; wanted once");
  EXPECT_EQ(error("batch: 2\n"), "net.yaml:1:1: layers: missing; wanted a list of layers, at least one");
  EXPECT_EQ(error("layers: []\n"),
            "net.yaml:1:9: layers: no list, or an empty one; wanted a list of layers, at least one");
  EXPECT_EQ(error("layers: [1]\n"),
            "net.yaml:1:10: layers[0]: no keys; wanted a mapping such as {name: fc, type: gemm, m: 1, n: 1, k: 1}");
  EXPECT_EQ(error("? [a]\n: 1\n"), "net.yaml:1:3: a key that is no text; wanted a name");
}

TEST_F(Yaml, NamesOfLayersDiffer) {
  EXPECT_EQ(error(fc + "  - {name: fc, type: gemm, m: 2, n: 3, k: 4}\n"),
            "net.yaml:3:5: name: 'fc'; wanted a name that no other layer has");
  EXPECT_EQ(error(replaced(fc, "k: 4", "k: 4, repeat: 2") + "  - {name: fc.1, type: gemm, m: 2, n: 3, k: 4}\n"),
            "net.yaml:3:5: name: 'fc.1'; wanted a name that no other layer has");
}

TEST_F(Yaml, TooManyRecords) {
  std::string text = "layers:\n";
  for (int i = 0; i < 34; ++i)
    text += "  - {name: g" + std::to_string(i) + ", type: gemm, m: 1, n: 1, k: 1, repeat: 10000}\n";
  EXPECT_EQ(
      error(text),
      "net.yaml:35:5: g33: repeat, groups and samples: 1020000 records up to here; wanted at most 1000000 in a trace");
}

TEST_F(Yaml, FilesThatAreNoLists) {
  EXPECT_EQ(error(""), "net.yaml: no keys; wanted the key layers, a list of layers");
  EXPECT_EQ(error(fc + "---\n" + fc), "net.yaml: more than one YAML document; wanted one, with the key layers");
  EXPECT_EQ(error(fc + ", 1\n"), "net.yaml:3:1: not YAML, end of map not found; wanted a list of layers");
  EXPECT_EQ(error(", 1\n" + fc), "net.yaml: more than one YAML document; wanted one, with the key layers");
  EXPECT_EQ(error("---\n" + fc + "...\n# the end\n"), "");
  EXPECT_EQ(error("- 1\n"), "net.yaml:1:1: no keys; wanted the key layers, a list of layers");
  EXPECT_EQ(error("layers: [1, 2\n").substr(0, 24), "net.yaml:2:1: not YAML, ");
  EXPECT_NE(error("a: &x [*x]\n"), "");
  EXPECT_NE(error("layers: &x [*x]\n"), "");
  EXPECT_NE(error(std::string("\x7F"
                              "ELF\x02\x01\0\0",
                              8)),
            "");
  EXPECT_NE(error(std::string(100000, '[')), "");
  EXPECT_NE(error(std::string(100000, '{')), "");
  EXPECT_NE(error("layers: " + std::string(1000000, 'x')), "");
  EXPECT_EQ(error(std::string((std::size_t{1} << 22) + 1, '\n')), "net.yaml: too large; wanted at most 4194304 bytes");
}

TEST_F(Yaml, MessagesStayOnOneLine) {
  EXPECT_EQ(error("\"a\\nb\": 1\n"), "net.yaml:1:1: 'a\\x0ab': unknown key; wanted one of: name, batch, layers");
}

TEST_F(Yaml, TheNetworksNameHasNoControlCharacters) {
  EXPECT_EQ(error("name: \"a\\e\"\n" + fc),
            "net.yaml: luqtrace.provenance: network: 'a\\x1b'; wanted no control characters");
}

// Aliases make one mapping a thousand elements: the first is refused before the others are read.
TEST_F(Yaml, MappingsThatAreTooLargeOrTooMany) {
  std::string keys = "{k0: 0";
  for (int i = 1; i < 500; ++i) keys += ", k" + std::to_string(i) + ": 0";
  EXPECT_EQ(error("layers: [&a " + keys + "}, *a]\n"), "net.yaml:1:10: layers[0]: 500 keys; wanted at most 11");
  EXPECT_EQ(error(keys + "}"), "net.yaml:1:1: 500 keys; wanted at most 11");
  EXPECT_EQ(error("layers: [{name: fc, type: gemm, m: 0, n: 1, k: 1}, 1]\n"),
            "net.yaml:1:36: layers[0].m: '0'; wanted an integer from 1 to 1099511627775");
  std::string many = "layers: [1";
  for (int i = 0; i < 1000000; ++i) many += ",1";
  EXPECT_EQ(error(many + "]\n"), "net.yaml:1:9: layers: 1000001 layers; wanted at most 1000000");
}

}  // namespace
}  // namespace luqsim

// SCALE-Sim topologies: shapes of known files, and what a wrong cell says.
#include <string>

#include <gtest/gtest.h>

#include "import_files.h"

namespace luqsim {
namespace {

using test::quantized;
using test::record;
using test::shape;

const std::string conv_header =
    "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides,\n";
const std::string gemm_header = "Layer, M, N, K,\n";
const ImportOptions fprop_only{.passes = {Pass::fprop}};

class Csv : public testing::Test {
 protected:
  Trace conv(const std::string& rows, const ImportOptions& options = {}) const {
    return files_.import("net.csv", conv_header + rows, options);
  }
  std::string conv_error(const std::string& rows) const { return files_.error("net.csv", conv_header + rows); }
  std::string gemm_error(const std::string& rows) const { return files_.error("net.csv", gemm_header + rows); }

  test::ImportFiles files_;
};

TEST_F(Csv, Gemm) {
  const Trace trace = files_.import("net.csv", gemm_header + "fc, 256, 128, 64,\n");
  ASSERT_EQ(trace.records().size(), 3U);
  EXPECT_EQ(trace.provenance().network, "net");
  EXPECT_EQ(trace.provenance().backend, "cpu");
  EXPECT_EQ(trace.provenance().kernels, "shapes only");
  EXPECT_EQ(shape(trace.records()[0]), "256x64x128 direct direct");
  EXPECT_EQ(shape(trace.records()[1]), "256x128x64 direct transposed");
  EXPECT_EQ(shape(trace.records()[2]), "64x256x128 transposed direct");
  EXPECT_EQ(trace.records()[1].id, "fc.dgrad");
  EXPECT_EQ(trace.records()[1].layer, "fc");
  EXPECT_TRUE(trace.records()[1].shape_only());
}

// The output sizes that SCALE-Sim gives: ceil((ifmap - filter) / stride) + 1.
TEST_F(Csv, ConvolutionRoundsTheOutputUp) {
  const Trace trace = conv("Conv1, 224, 224, 11, 11, 3, 96, 4,\nConv2, 31, 31, 5, 5, 96, 256, 1,\n");
  const Record conv1 = record(trace, "Conv1.fprop");
  EXPECT_EQ(shape(conv1), "3025x363x96 im2col direct");  // 55 x 55 patches: 53.25 strides are 54
  EXPECT_EQ(conv1.a.im2col->h, 227U);                    // 54 * 4 + 11
  EXPECT_EQ(conv1.a.rows, 227U * 227U);
  EXPECT_EQ(conv1.a.cols, 3U);
  const Record conv2 = record(trace, "Conv2.wgrad");
  EXPECT_EQ(shape(conv2), "2400x729x256 im2col_transposed direct");
  EXPECT_EQ(conv2.a.im2col->h, 31U);  // exact: the image as it is
}

TEST_F(Csv, StrideThatSkipsTheEndOfTheImage) {
  const Record r = record(conv("c, 8, 8, 1, 1, 2, 4, 3,\n"), "c.fprop");
  EXPECT_EQ(shape(r), "16x2x4 im2col direct");  // ceil(7 / 3) + 1 = 4
  EXPECT_EQ(r.a.im2col->h, 10U);
}

TEST_F(Csv, BatchMultipliesRows) {
  const Trace trace = conv("c, 8, 8, 3, 3, 2, 4, 1,\n", {.batch = 5});
  EXPECT_EQ(shape(record(trace, "c.fprop")), "180x18x4 im2col direct");
  EXPECT_EQ(record(trace, "c.fprop").a.rows, 320U);
  EXPECT_EQ(files_.import("g.csv", gemm_header + "g, 3, 2, 1,\n", {.batch = 5}).records()[0].m, 15U);
}

TEST_F(Csv, TwoStridesGiveAMatrixOfPatches) {
  const std::string header =
      "Layer name, IFMAP height, IFMAP width, Filter height, Filter width, Channels, Num filter, Stride height, "
      "Stride width,\n";
  const Trace trace = files_.import("net.csv", header + "c, 9, 9, 3, 3, 2, 4, 2, 3,\nd, 9, 9, 3, 3, 2, 4, 2, 2,\n");
  EXPECT_EQ(shape(record(trace, "c.fprop")), "12x18x4 direct direct");  // 4 x 3
  EXPECT_EQ(record(trace, "c.fprop").a.cols, 18U);
  EXPECT_EQ(shape(record(trace, "c.wgrad")), "18x12x4 transposed direct");
  EXPECT_EQ(shape(record(trace, "d.fprop")), "16x18x4 im2col direct");
}

TEST_F(Csv, DepthwiseIsOneGemmAChannel) {
  const Trace trace = conv("DP1, 8, 8, 3, 3, 3, 2, 1,\n", fprop_only);
  ASSERT_EQ(trace.records().size(), 3U);
  EXPECT_EQ(trace.records()[2].id, "DP1.g2.fprop");
  EXPECT_EQ(shape(trace.records()[2]), "36x9x2 im2col direct");
  EXPECT_EQ(trace.records()[2].a.cols, 1U);
}

TEST_F(Csv, FifthColumnOfAGemm) {
  const Trace trace = files_.import(
      "net.csv", "Layer, M, N, K, Sparsity,\nsparse, 4, 4, 4, 2:4,\nheads, 4, 4, 4, 2,\nplain, 4, 4, 4, ,\n",
      fprop_only);
  ASSERT_EQ(trace.records().size(), 4U);
  EXPECT_EQ(trace.records()[0].id, "sparse.fprop");
  EXPECT_EQ(trace.records()[2].id, "heads.1.fprop");
  EXPECT_EQ(trace.records()[3].id, "plain.fprop");
}

TEST_F(Csv, WhatTopologiesInUseLookLike) {
  // Byte order mark, CRLF, tabs, blank lines, a comment after the last comma, sparsity, a name twice, no last newline.
  const Trace trace =
      files_.import("net.csv",
                    "\xEF\xBB\xBF" + conv_header.substr(0, conv_header.size() - 1) +
                        "\r\n\r\n\tc, 9,9,3,3,1,1,1,#dw\r\n,,,\r\nc,9,9,3,3,1,1,2,2:4,\r\n\"a, b\",9,9,3,3,"
                        "1,1,3",
                    fprop_only);
  ASSERT_EQ(trace.records().size(), 3U);
  EXPECT_EQ(trace.records()[0].id, "c.fprop");
  EXPECT_EQ(trace.records()[1].id, "c@5.fprop");
  EXPECT_EQ(trace.records()[1].m, 16U);
  EXPECT_EQ(trace.records()[2].id, "a, b.fprop");
}

TEST_F(Csv, OrderAndQuantizations) {
  const std::string text = gemm_header + "a, 2, 3, 4,\nb, 2, 5, 3,\n";
  const auto summary = [&](std::vector<Pass> passes) {
    std::string all;
    const Trace trace = files_.import("net.csv", text, {.passes = std::move(passes)});
    for (const Record& r : trace.records()) all += r.id + "(" + quantized(r) + ") ";
    return all;
  };
  EXPECT_EQ(summary({Pass::fprop, Pass::dgrad, Pass::wgrad}),
            "a.fprop(a b) b.fprop(a b) b.dgrad(a) b.wgrad() a.dgrad(a) a.wgrad() ");
  EXPECT_EQ(summary({Pass::wgrad, Pass::fprop}), "a.fprop(a b) b.fprop(a b) b.wgrad(b) a.wgrad(b) ");
  EXPECT_EQ(summary({Pass::dgrad}), "b.dgrad(a) a.dgrad(a) ");
}

TEST_F(Csv, Formats) {
  const Trace trace = files_.import("net.csv", gemm_header + "a, 2, 3, 4,\nb, 2, 5, 3,\n");
  const Record fprop = record(trace, "a.fprop"), dgrad = record(trace, "a.dgrad"), wgrad = record(trace, "a.wgrad");
  EXPECT_EQ(fprop.a.format, Format::int4);
  EXPECT_EQ(fprop.b.format, Format::int4);
  EXPECT_EQ(dgrad.a.format, Format::fp4_e3m0);
  EXPECT_EQ(dgrad.b.format, Format::int4);
  EXPECT_EQ(wgrad.a.format, Format::int4);
  EXPECT_EQ(wgrad.b.format, Format::fp4_e3m0);
  EXPECT_TRUE(std::holds_alternative<SawbQuantization>(*fprop.b.quantization));
  const auto stream = [&](const char* id) {
    return std::get<LuqQuantization>(*record(trace, id).a.quantization).stream.tensor;
  };
  EXPECT_NE(stream("a.dgrad"), stream("b.dgrad"));
}

TEST_F(Csv, WrongCells) {
  const std::string size = "wanted an integer from 1 to 16777216";
  EXPECT_EQ(conv_error("c, -5, 8, 3, 3, 1, 1, 1,\n"), "net.csv:2: IFMAP Height: '-5'; " + size);
  EXPECT_EQ(conv_error("c, 8, 8, 3, 3, 1, 1, 1,\nd, 8, wide, 3, 3, 1, 1, 1,\n"),
            "net.csv:3: IFMAP Width: 'wide'; " + size);
  EXPECT_EQ(conv_error("c, 8, 8, 3.5, 3, 1, 1, 1,\n"), "net.csv:2: Filter Height: '3.5'; " + size);
  EXPECT_EQ(conv_error("c, 8, 8, 3, 3, 1, 1, 0,\n"), "net.csv:2: Strides: '0'; " + size);
  EXPECT_EQ(conv_error("c, 8, 8, 3, 3, 1, 1,\n"), "net.csv:2: Strides: missing; " + size);
  EXPECT_EQ(conv_error("c, 8, 8, 3, 3, 1, 1\n"), "net.csv:2: Strides: missing; " + size);
  EXPECT_EQ(conv_error("c, 8, 8, , 3, 1, 1, 1,\n"), "net.csv:2: Filter Height: missing; " + size);
  EXPECT_EQ(conv_error("c, 99999999999999999999, 8, 3, 3, 1, 1, 1,\n"),
            "net.csv:2: IFMAP Height: '99999999999999999999'; " + size);
  EXPECT_EQ(conv_error(", 8, 8, 3, 3, 1, 1, 1,\n"), "net.csv:2: Layer name: missing; wanted a name");
  EXPECT_EQ(conv_error("c, 8, 8, 9, 3, 1, 1, 1,\n"),
            "net.csv:2: Filter Height: 9; wanted at most 8, the size of the IFMAP");
  EXPECT_EQ(gemm_error("g, 1, 0, 1,\n"), "net.csv:2: N: '0'; wanted an integer from 1 to 1099511627775");
  EXPECT_EQ(gemm_error("g, 1, 1, 1099511627776,\n"),
            "net.csv:2: K: '1099511627776'; wanted an integer from 1 to 1099511627775");
  EXPECT_EQ(gemm_error("g, 1, 1, 1, 99999,\n"), "net.csv:2: Batch: '99999'; wanted an integer from 1 to 10000");
  EXPECT_EQ(gemm_error("g, 1, 1, 1,\ng.0, 1, 1, 1,\ng, 1, 1, 1, 2,\n"), "");
}

TEST_F(Csv, LayersThatAreTooLarge) {
  EXPECT_EQ(files_.error("net.csv", gemm_header + "g, 1099511627775, 1, 1,\n", {.batch = 2}),
            "net.csv:2: g: M: 2^40 or more with a batch of 2; wanted less: a smaller batch or layer");
  EXPECT_EQ(gemm_error("g, 1099511627775, 1099511627775, 1,\n"),
            "net.csv:2: g: M, N, K: 1099511627775 x 1099511627775 x 1; wanted fewer than 2^64 multiplications");
  EXPECT_EQ(gemm_error("g, 134217728, 1, 1,\n"), "");
  EXPECT_EQ(
      gemm_error("g, 134217729, 1, 1,\n"),
      "net.csv:2: g: activations: 134217729 x 1 elements; wanted at most 2^27 elements, what SAWB sums exactly: a "
      "smaller batch or layer");
  // Without fprop nothing here is quantized by SAWB.
  EXPECT_EQ(files_.error("net.csv", gemm_header + "g, 134217729, 1, 1,\n", {.passes = {Pass::wgrad}}), "");
  EXPECT_EQ(conv_error("c, 16777216, 16777216, 1, 1, 16777216, 1, 1,\n"),
            "net.csv:2: c: M: 2^40 or more with a batch of 1; wanted less: a smaller batch or layer");
  EXPECT_EQ(conv_error("c, 16777216, 16777216, 16777216, 16777216, 16777216, 1, 1,\n"),
            "net.csv:2: c: K: 2^40 or more with a batch of 1; wanted less: a smaller batch or layer");
  EXPECT_EQ(
      conv_error("DP, 8, 8, 3, 3, 16777216, 1, 1,\n"),
      "net.csv:2: DP: repeat, groups and samples: 50331648 records up to here; wanted at most 1000000 in a trace");
}

TEST_F(Csv, FilesThatAreNoTopology) {
  const std::string headers = "wanted '" + conv_header.substr(0, conv_header.size() - 1) + "' or 'Layer, M, N, K,'";
  EXPECT_EQ(files_.error("net.csv", ""), "net.csv: header: missing; " + headers);
  EXPECT_EQ(files_.error("net.csv", "\n\n"), "net.csv: header: missing; " + headers);
  EXPECT_EQ(gemm_error(""), "net.csv: layers: none; wanted at least one line after the header");
  EXPECT_EQ(files_.error("net.csv", "fc, 1, 2, 3,\n"), "net.csv:1: header: 'fc, 1, 2, 3,'; " + headers);
  EXPECT_EQ(files_.error("net.csv", "Layer, M, K, N,\n"), "net.csv:1: header: 'Layer, M, K, N,'; " + headers);
  EXPECT_EQ(files_.error("net.csv", std::string("\x7F"
                                                "ELF\x02\x01\0\0",
                                                8)),
            "net.csv:1: header: '\\x7fELF\\x02\\x01\\x00\\x00'; " + headers);
  EXPECT_EQ(files_.error("net.csv", gemm_header + std::string(70000, ',')),
            "net.csv:2: a line of 70000 characters; wanted at most 65536");
  EXPECT_EQ(files_.error("net.csv", gemm_header + std::string(300, 'x') + ", 1, 1, 1,\n").substr(0, 40),
            "net.csv:2: Layer name: 'xxxxxxxxxxxxxxxx");
}

TEST_F(Csv, TooManyBytes) {
  std::string text = gemm_header;
  text.resize((std::size_t{1} << 26) + 1, '\n');
  EXPECT_EQ(files_.error("net.csv", text), "net.csv: too large; wanted at most 67108864 bytes");
}

TEST_F(Csv, Extensions) {
  for (const char* name : {"a.csv", "a.CSV", "b/a.yaml", "a.yml", "a.onnx"}) EXPECT_TRUE(is_importable(name)) << name;
  for (const char* name : {"a.safetensors", "csv", "a.csv.gz", ""}) EXPECT_FALSE(is_importable(name)) << name;
  EXPECT_EQ(files_.error("net.txt", gemm_header), "net.txt: extension: '.txt'; wanted .csv, .yaml, .yml or .onnx");
  EXPECT_EQ(files_.error("net.csv", gemm_header, {.passes = {}}),
            "net.csv: passes: none; wanted at least one of fprop, dgrad and wgrad");
  EXPECT_EQ(files_.error("net.csv", gemm_header, {.batch = 0}),
            "net.csv: batch: 0; wanted an integer from 1 to 16777216");
  EXPECT_THROW(import_shapes("/nowhere/net.csv"), TraceError);
}

}  // namespace
}  // namespace luqsim

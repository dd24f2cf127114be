// ONNX models: the GEMMs of their operators, and what a wrong model says.
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "import_files.h"
#include "onnx_models.h"

namespace luqsim {
namespace {

using test::ModelShape;
using test::OnnxModel;
using test::record;
using test::set;
using test::shape;

const ImportOptions fprop_only{.passes = {Pass::fprop}};

class Onnx : public testing::Test {
 protected:
  Trace import(const OnnxModel& model, const ImportOptions& options = {}) const {
    return files_.import("net.onnx", model.bytes(), options);
  }
  std::string error(const OnnxModel& model, const ImportOptions& options = {}) const {
    return files_.error("net.onnx", model.bytes(), options);
  }
  static OnnxModel conv_model(const ModelShape& x, const ModelShape& w) {
    OnnxModel model;
    model.input("x", x).weight("w", w);
    model.node("Conv", {"x", "w"}, {"y"});
    return model;
  }
  static onnx::NodeProto& last(OnnxModel& model) { return *model.proto().mutable_graph()->mutable_node()->rbegin(); }
  Record matmul(const ModelShape& a, const ModelShape& b, std::size_t records = 1) const {
    OnnxModel model;
    model.input("a", a).input("b", b);
    model.node("MatMul", {"a", "b"}, {"y"});
    const Trace trace = import(model, fprop_only);
    EXPECT_EQ(trace.records().size(), records);
    return trace.records().back();
  }

  test::ImportFiles files_;
};

// A small network as an exporter writes it: convolutions, pooling, a flattening, a classifier.
OnnxModel small_network() {
  OnnxModel model;
  model.input("image", {-1, 3, 32, 32})
      .weight("w1", {16, 3, 3, 3})
      .weight("b1", {16})
      .weight("w2", {32, 4, 3, 3}, true);
  set(model.node("Conv", {"image", "w1", "b1"}, {"c1"}), "pads", {1, 1, 1, 1});
  model.node("Relu", {"c1"}, {"r1"});
  onnx::NodeProto& grouped = model.node("Conv", {"r1", "w2"}, {"c2"});
  set(grouped, "strides", {2, 2});
  set(grouped, "pads", {1, 1, 1, 1});
  set(grouped, "group", std::int64_t{4});
  model.node("GlobalAveragePool", {"c2"}, {"pooled"});
  model.node("Flatten", {"pooled"}, {"flat"});
  model.weight("fc", {10, 32}).weight("fc.bias", {10});
  set(model.node("Gemm", {"flat", "fc", "fc.bias"}, {"logits"}), "transB", std::int64_t{1});
  model.output("logits");
  return model;
}

TEST_F(Onnx, SmallNetwork) {
  const Trace trace = import(small_network());
  ASSERT_EQ(trace.records().size(), 3U * 6);
  EXPECT_EQ(trace.provenance().network, "net");
  EXPECT_EQ(shape(record(trace, "Conv_c1.fprop")), "1024x27x16 im2col direct");
  EXPECT_EQ(record(trace, "Conv_c1.fprop").a.im2col->padding, 1U);
  EXPECT_EQ(shape(record(trace, "Conv_c2.g3.fprop")), "256x36x8 im2col direct");
  EXPECT_EQ(shape(record(trace, "Gemm_logits.wgrad")), "32x1x10 transposed direct");
}

TEST_F(Onnx, OpenFirstDimensionIsTheBatch) {
  const Trace trace = import(small_network(), {.batch = 8});
  EXPECT_EQ(shape(record(trace, "Conv_c1.fprop")), "8192x27x16 im2col direct");
  EXPECT_EQ(record(trace, "Conv_c1.fprop").a.im2col->n, 8U);
  EXPECT_EQ(shape(record(trace, "Gemm_logits.fprop")), "8x32x10 direct direct");
}

TEST_F(Onnx, FixedBatch) {
  const OnnxModel model = conv_model({4, 2, 8, 8}, {5, 2, 3, 3});
  EXPECT_EQ(shape(import(model).records()[0]), "144x18x5 im2col direct");
  EXPECT_EQ(error(model, {.batch = 8}),
            "net.onnx: batch: 8; wanted none: no input of the model has an open first dimension");
}

TEST_F(Onnx, ConvolutionsOfOneDimension) {
  OnnxModel model = conv_model({2, 6, 20}, {4, 6, 5});
  set(last(model), "strides", {3});
  set(last(model), "pads", {2, 2});
  const Record r = import(model).records()[0];
  EXPECT_EQ(shape(r), "14x30x4 im2col direct");  // (20 + 4 - 5) / 3 + 1 = 7
  EXPECT_EQ(r.a.im2col->h, 1U);
  EXPECT_EQ(r.a.im2col->w, 24U);
}

TEST_F(Onnx, Paddings) {
  const auto padded = [&](std::initializer_list<std::int64_t> pads) {
    OnnxModel model = conv_model({1, 1, 8, 6}, {1, 1, 3, 3});
    set(last(model), "pads", pads);
    return import(model).records()[0];
  };
  EXPECT_EQ(padded({1, 1, 1, 1}).a.rows, 48U);
  EXPECT_EQ(padded({1, 1, 1, 1}).m, 48U);
  EXPECT_EQ(padded({0, 1, 0, 1}).m, 6U * 6);
  EXPECT_EQ(padded({0, 1, 0, 1}).a.rows, 8U * 8);  // with its zeros
  EXPECT_EQ(padded({0, 0, 1, 2}).m, 7U * 6);
  const auto automatic = [&](const std::string& kind, std::int64_t stride, std::int64_t size) {
    OnnxModel model = conv_model({1, 1, size, size}, {1, 1, 3, 3});
    set(last(model), "auto_pad", kind);
    set(last(model), "strides", {stride, stride});
    return import(model).records()[0];
  };
  EXPECT_EQ(automatic("VALID", 1, 8).m, 36U);
  EXPECT_EQ(automatic("SAME_UPPER", 1, 8).m, 64U);
  EXPECT_EQ(automatic("SAME_LOWER", 2, 8).m, 16U);
  EXPECT_EQ(automatic("SAME_UPPER", 2, 7).m, 16U);
  EXPECT_EQ(automatic("SAME_UPPER", 2, 8).a.im2col->h, 9U);  // one zero, on one side
}

TEST_F(Onnx, DilationGivesAMatrixOfPatches) {
  OnnxModel model = conv_model({1, 2, 9, 9}, {3, 2, 3, 3});
  set(last(model), "dilations", {2, 2});
  EXPECT_EQ(shape(import(model).records()[0]), "25x18x3 direct direct");  // 9 - 5 + 1
}

TEST_F(Onnx, GemmTransposed) {
  const auto gemm = [&](const ModelShape& a, std::int64_t trans_a, const ModelShape& b, std::int64_t trans_b) {
    OnnxModel model;
    model.input("a", a).weight("b", b);
    onnx::NodeProto& node = model.node("Gemm", {"a", "b"}, {"y"});
    set(node, "transA", trans_a);
    set(node, "transB", trans_b);
    return shape(import(model).records()[0]);
  };
  EXPECT_EQ(gemm({2, 3}, 0, {3, 5}, 0), "2x3x5 direct direct");
  EXPECT_EQ(gemm({3, 2}, 1, {3, 5}, 0), "2x3x5 direct direct");
  EXPECT_EQ(gemm({2, 3}, 0, {5, 3}, 1), "2x3x5 direct direct");
  EXPECT_EQ(gemm({3, 2}, 1, {5, 3}, 1), "2x3x5 direct direct");
}

TEST_F(Onnx, MatMulBroadcasts) {
  EXPECT_EQ(shape(matmul({2, 3}, {3, 5})), "2x3x5 direct direct");
  EXPECT_EQ(shape(matmul({7, 4, 2, 3}, {3, 5})), "56x3x5 direct direct");
  EXPECT_EQ(shape(matmul({7, 4, 2, 3}, {7, 4, 3, 5}, 28)), "2x3x5 direct direct");
  EXPECT_EQ(shape(matmul({7, 4, 2, 3}, {4, 3, 5}, 4)), "14x3x5 direct direct");
  EXPECT_EQ(shape(matmul({7, 4, 2, 3}, {7, 1, 3, 5}, 7)), "8x3x5 direct direct");
  EXPECT_EQ(shape(matmul({2, 3}, {4, 3, 5}, 4)), "2x3x5 direct direct");
  EXPECT_EQ(shape(matmul({3}, {3, 5})), "1x3x5 direct direct");
  EXPECT_EQ(shape(matmul({2, 3}, {3})), "2x3x1 direct direct");
}

// W X: its transpose is X^T W^T.
TEST_F(Onnx, WeightsOnTheLeft) {
  OnnxModel model;
  model.input("x", {-1, 3, 7}).weight("w", {4, 3});
  model.node("MatMul", {"w", "x"}, {"y"});
  const Trace trace = import(model, {.batch = 2});
  ASSERT_EQ(trace.records().size(), 3U);
  EXPECT_EQ(shape(trace.records()[0]), "14x3x4 direct direct");
}

TEST_F(Onnx, WeightsThatANodeMakes) {
  OnnxModel model;
  model.input("x", {5, 3});
  onnx::NodeProto& constant = model.node("Constant", {}, {"w"});
  onnx::AttributeProto& value = *constant.add_attribute();
  value.set_name("value");
  value.set_type(onnx::AttributeProto::TENSOR);
  value.mutable_t()->set_data_type(onnx::TensorProto::FLOAT);
  for (const std::int64_t size : {3, 4}) value.mutable_t()->add_dims(size);
  value.mutable_t()->mutable_raw_data()->assign(48, '\0');
  set(model.node("Transpose", {"w"}, {"wt"}), "perm", {1, 0});
  model.node("Transpose", {"x"}, {"xt"});
  model.node("MatMul", {"wt", "xt"}, {"y"});
  EXPECT_EQ(shape(import(model).records()[0]), "5x3x4 direct direct");  // the transposed weights are weights
}

// Sizes that the model computes: flattening by Shape, Gather and Concat.
TEST_F(Onnx, ShapesThatAreComputed) {
  OnnxModel model;
  model.input("x", {-1, 4, 6}).integers("zero", {0}).integers("rest", {-1}).weight("w", {24, 5});
  model.node("Shape", {"x"}, {"shape"});
  model.node("Gather", {"shape", "zero"}, {"batch"});
  set(model.node("Concat", {"batch", "rest"}, {"flat"}), "axis", std::int64_t{0});
  model.node("Reshape", {"x", "flat"}, {"r"});
  model.node("MatMul", {"r", "w"}, {"y"});
  EXPECT_EQ(shape(import(model, {.batch = 3}).records()[0]), "3x24x5 direct direct");
}

TEST_F(Onnx, NamesOfLayers) {
  OnnxModel model;
  model.input("x", {2, 3}).weight("w", {3, 3});
  model.node("MatMul", {"x", "w"}, {"a"}).set_name("fc");
  model.node("MatMul", {"a", "w"}, {"b"}).set_name("fc");
  model.node("MatMul", {"b", "w"}, {"c"}).clear_name();
  const Trace trace = import(model, fprop_only);
  EXPECT_EQ(trace.records()[0].layer, "fc");
  EXPECT_EQ(trace.records()[1].layer, "fc@1");
  EXPECT_EQ(trace.records()[2].layer, "c");
  last(model).set_name(std::string(201, 'x'));
  EXPECT_NE(error(model).find("at most 200 characters"), std::string::npos);
}

TEST_F(Onnx, OperatorsThatAreNotRead) {
  const auto refused = [&](const std::string& type, const std::string& domain = "") {
    OnnxModel model = small_network();
    onnx::NodeProto& node = model.node(type, {"flat"}, {"z"});
    node.set_domain(domain);
    return error(model);
  };
  for (const char* type : {"LSTM", "GRU", "RNN", "ConvTranspose", "Einsum", "If", "Loop", "Scan", "QLinearConv",
                           "QLinearMatMul", "ConvInteger", "MatMulInteger"})
    EXPECT_EQ(refused(type), "net.onnx: node 6 '" + std::string(type) + "_z': '" + type +
                                 "': an operator with GEMMs of its own; wanted GEMMs as Conv, Gemm or MatMul");
  EXPECT_EQ(refused("Attention"),
            "net.onnx: node 6 'Attention_z': 'Attention': an unknown operator; wanted one of opset 17");
  EXPECT_EQ(
      refused("FusedMatMul", "com.microsoft"),
      "net.onnx: node 6 'FusedMatMul_z': 'FusedMatMul': domain: 'com.microsoft'; wanted operators of ONNX: another "
      "domain's may hide GEMMs");
}

TEST_F(Onnx, WrongAttributes) {
  const auto with = [&](const char* name, std::initializer_list<std::int64_t> values) {
    OnnxModel model = conv_model({1, 4, 8, 8}, {6, 4, 3, 3});
    set(last(model), name, values);
    return error(model);
  };
  const std::string node = "net.onnx: node 0 'Conv_y': 'Conv': ",
                    size = "; wanted 2 times an integer from 1 to 16777216";
  EXPECT_EQ(with("strides", {1, -1}), node + "strides: [1, -1]" + size);
  EXPECT_EQ(with("strides", {0, 1}), node + "strides: [0, 1]" + size);
  EXPECT_EQ(with("strides", {1}), node + "strides: [1]" + size);
  EXPECT_EQ(with("dilations", {0, 0}), node + "dilations: [0, 0]" + size);
  EXPECT_EQ(with("dilations", {9, 1}), node + "input W: [6, 4, 3, 3]; wanted kernels of at most 8, the padded image");
  EXPECT_EQ(with("pads", {0, 0, 0, -1}), node + "pads: [0, 0, 0, -1]; wanted 4 times an integer from 0 to 16777216");
  EXPECT_EQ(with("pads", {16777216, 0, 0, 0}),
            node + "pads: an image of 16777224 with its zeros; wanted an integer from 1 to 16777216");
  EXPECT_EQ(with("kernel_shape", {3, 4}), node + "kernel_shape: another size; wanted [3, 3], as W has");
  const auto grouped = [&](std::int64_t group, const ModelShape& w) {
    OnnxModel model = conv_model({1, 4, 8, 8}, w);
    set(last(model), "group", group);
    return error(model);
  };
  EXPECT_EQ(grouped(0, {6, 4, 3, 3}), node + "group: 0; wanted an integer from 1 to 16777216");
  EXPECT_EQ(grouped(-1, {6, 4, 3, 3}), node + "group: -1; wanted an integer from 1 to 16777216");
  EXPECT_EQ(grouped(2, {6, 4, 3, 3}),
            node + "input W: [6, 4, 3, 3]; wanted 4 channels in all of 2 groups, as in X [1, 4, 8, 8]");
  EXPECT_EQ(grouped(4, {6, 1, 3, 3}), node + "group: 4; wanted a divisor of 6 filters");
  OnnxModel model = conv_model({1, 4, 8, 8}, {6, 4, 3, 3});
  set(last(model), "auto_pad", "SAME");
  EXPECT_EQ(error(model), node + "auto_pad: 'SAME'; wanted one of: NOTSET, VALID, SAME_UPPER, SAME_LOWER");
}

TEST_F(Onnx, WrongShapes) {
  const std::string conv = "net.onnx: node 0 'Conv_y': 'Conv': ";
  EXPECT_EQ(error(conv_model({1, 1, 2, 2, 2}, {1, 1, 1, 1, 1})),
            conv + "input X: [1, 1, 2, 2, 2]; wanted 3 or 4 dimensions: N, C, (H,) W");
  EXPECT_EQ(error(conv_model({1, 4, 8, 8}, {6, 4, 3})), conv + "input W: [6, 4, 3]; wanted 4 dimensions, as X has");
  EXPECT_EQ(error(conv_model({1, 4, 8, 8}, {6, 4, 9, 9})),
            conv + "input W: [6, 4, 9, 9]; wanted kernels of at most 8, the padded image");
  EXPECT_EQ(error(conv_model({1, 4, 33554432, 8}, {6, 4, 3, 3})),
            conv + "input X: [1, 4, 33554432, 8]; wanted an integer from 1 to 16777216");
  EXPECT_EQ(
      error(conv_model({16777216, 4, 16777216, 8}, {6, 4, 3, 3})),
      "net.onnx: node 0 'Conv_y': Conv_y: M: 2^40 or more with a batch of 1; wanted less: a smaller batch or layer");
  EXPECT_EQ(error(conv_model({1, 0, 8, 8}, {6, 4, 3, 3})),
            "net.onnx: input 'x': dimension 1: 0; wanted an integer from 1 to 1099511627775");
  EXPECT_EQ(error(conv_model({1, -7, 8, 8}, {6, 4, 3, 3})),
            "net.onnx: input 'x': dimension 1: -7; wanted an integer from 1 to 1099511627775");
  EXPECT_EQ(
      error(conv_model({1, 4, -1, 8}, {6, 4, 3, 3})),
      "net.onnx: input 'x': dimension 2: 'open'; wanted a size: only the first dimension, the batch, may be open");
  OnnxModel gemm;
  gemm.input("a", {2, 3})
      .weight("b", {4, 5})
      .weight("big", {std::int64_t{1} << 41, 1}, true)
      .weight("minus", {-3, 1}, true);
  gemm.node("MatMul", {"a", "b"}, {"y"});
  EXPECT_EQ(error(gemm), "net.onnx: node 0 'MatMul_y': 'MatMul': input B: K of 4; wanted 3, the K of A");
  last(gemm).set_input(1, "big");
  EXPECT_EQ(error(gemm),
            "net.onnx: node 0 'MatMul_y': 'MatMul': input 1 'big': a dimension of 2199023255552; wanted an "
            "integer from 1 to 1099511627775");
  last(gemm).set_input(1, "minus");
  EXPECT_EQ(error(gemm),
            "net.onnx: node 0 'MatMul_y': 'MatMul': input 1 'minus': a dimension of -3; wanted an integer "
            "from 1 to 1099511627775");
  OnnxModel products;
  products.input("a", {2048, 2048, 2, 3}).input("b", {2048, 2048, 3, 4});
  products.node("MatMul", {"a", "b"}, {"y"});
  EXPECT_EQ(error(products),
            "net.onnx: node 0 'MatMul_y': 'MatMul': inputs: [2048, 2048, 2, 3] and [2048, 2048, 3, 4]; "
            "wanted at most 1000000 products");
}

TEST_F(Onnx, WrongGraphs) {
  OnnxModel model = small_network();
  last(model).set_input(0, "nowhere");
  EXPECT_EQ(error(model),
            "net.onnx: node 5 'Gemm_logits': 'Gemm': input: 'nowhere'; wanted an input or weight of the graph, "
            "or an earlier node's output");
  last(model).set_input(0, "logits");  // a cycle of one
  EXPECT_NE(error(model).find("'Gemm': input: 'logits'; wanted"), std::string::npos);
  model = small_network();
  model.proto().mutable_graph()->mutable_node(0)->set_input(0, "c2");  // a cycle of three
  EXPECT_NE(error(model).find("node 0 'Conv_c1': 'Conv': input: 'c2'; wanted"), std::string::npos);
  model = small_network();
  last(model).set_output(0, "flat");
  EXPECT_NE(error(model).find("'Gemm': output: 'flat'; wanted a name that no other value has"), std::string::npos);
  model = small_network();
  last(model).set_input(0, "");
  EXPECT_NE(error(model).find("'Gemm': input 0 '': missing; wanted"), std::string::npos) << error(model);
  last(model).clear_input();
  EXPECT_NE(error(model).find("'Gemm': inputs: 0; wanted at least 2"), std::string::npos);
  model = small_network();
  model.proto().mutable_opset_import(0)->set_version(18);
  EXPECT_EQ(error(model), "net.onnx: opset_import: 18; wanted 1 to 17, the opsets that this build's ONNX knows");
  model.proto().clear_opset_import();
  EXPECT_EQ(error(model), "net.onnx: opset_import: missing; wanted 1 to 17, the opsets that this build's ONNX knows");
  model = small_network();
  model.proto().add_functions()->set_name("f");
  EXPECT_EQ(error(model), "net.onnx: functions: a model with functions; wanted one with them inlined");
  model = small_network();
  model.proto().mutable_graph()->clear_node();
  EXPECT_EQ(error(model), "net.onnx: graph: no Conv, Gemm or MatMul; wanted at least one");
  model.proto().clear_graph();
  EXPECT_EQ(error(model), "net.onnx: graph: missing; wanted an ONNX model");
  model = small_network();
  onnx::AttributeProto& graph = *last(model).add_attribute();
  graph.set_name("body");
  *graph.mutable_g() = model.proto().graph();
  EXPECT_EQ(error(model),
            "net.onnx: node 5 'Gemm_logits': 'Gemm': body: a graph; wanted a model without graphs in its nodes");
}

TEST_F(Onnx, FilesThatAreNoModels) {
  const std::string none =
      "net.onnx: not an ONNX model, or the start of one; wanted a protobuf message onnx.ModelProto";
  EXPECT_EQ(files_.error("net.onnx", "Layer, M, N, K,\n"), none);
  EXPECT_EQ(files_.error("net.onnx", ""), "net.onnx: graph: missing; wanted an ONNX model");
  EXPECT_EQ(files_.error("net.onnx", std::string("\x7F"
                                                 "ELF\x02\x01\0\0",
                                                 8)),
            none);
  EXPECT_THROW(import_shapes("/nowhere/net.onnx"), TraceError);
  EXPECT_THROW(import_shapes(std::filesystem::path("/proc/self/fd")), TraceError);
}

// Types within types: protobuf's limit, not the stack's.
TEST_F(Onnx, DeepNesting) {
  OnnxModel model = small_network();
  onnx::TypeProto* type = model.proto().mutable_graph()->add_input()->mutable_type();
  for (int i = 0; i < 1000; ++i) type = type->mutable_sequence_type()->mutable_elem_type();
  EXPECT_NE(error(model).find("not an ONNX model"), std::string::npos);
}

// A million empty nodes are two megabytes here, and two hundred in memory if nothing stops them.
TEST_F(Onnx, MessagesThatAreMuchLargerInMemory) {
  onnx::ModelProto model;
  for (int i = 0; i < 1000000; ++i) model.mutable_graph()->add_node();
  EXPECT_EQ(files_.error("net.onnx", model.SerializeAsString()),
            "net.onnx: messages that take much more memory than the file is long; wanted an ONNX model");
}

// ONNX's inference divides by this stride. What ends it is the message, and nothing more.
TEST_F(Onnx, InferenceThatCrashes) {
  OnnxModel model = small_network();
  onnx::NodeProto& pool = model.node("MaxPool", {"c1"}, {"p"});
  set(pool, "kernel_shape", {2, 2});
  set(pool, "strides", {0, 0});
  // By a signal, or with a sanitizer's status.
  EXPECT_EQ(error(model).substr(0, 33), "net.onnx: shape inference: ended ");
}

TEST_F(Onnx, TruncatedAnywhere) {
  OnnxModel model;
  model.input("x", {-1, 2, 5, 5}).weight("w", {3, 2, 3, 3}).integers("shape", {0, -1}).weight("fc", {27, 4});
  model.node("Conv", {"x", "w"}, {"c"});
  model.node("Reshape", {"c", "shape"}, {"f"});
  model.node("MatMul", {"f", "fc"}, {"y"});
  const std::string bytes = model.bytes();
  ASSERT_EQ(files_.error("net.onnx", bytes), "");
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_NE(files_.error("net.onnx", bytes.substr(0, size)), "") << size;
}

// Whatever a file holds: layers or a TraceError.
TEST_F(Onnx, RandomChanges) {
  OnnxModel model;
  model.input("x", {-1, 2, 5, 5})
      .weight("w", {3, 2, 3, 3}, true)
      .integers("shape", {0, -1})
      .weight("fc", {27, 4}, true);
  set(model.node("Conv", {"x", "w"}, {"c"}), "strides", {1, 1});
  onnx::NodeProto& pool = model.node("MaxPool", {"c"}, {"p"});
  set(pool, "kernel_shape", {1, 1});
  set(pool, "strides", {1, 1});
  set(model.node("Transpose", {"p"}, {"t"}), "perm", {0, 1, 2, 3});
  model.node("Reshape", {"t", "shape"}, {"f"});
  model.node("MatMul", {"f", "fc"}, {"y"});
  const std::string bytes = model.bytes();
  ASSERT_EQ(files_.error("net.onnx", bytes), "");
  std::mt19937 random(1);
  int accepted = 0;
  for (int i = 0; i < 600; ++i) {
    std::string changed = bytes;
    for (auto flips = 1 + random() % 3; flips > 0; --flips)
      changed[random() % changed.size()] ^= static_cast<char>(1U << random() % 8);
    accepted += files_.error("net.onnx", changed).empty();
  }
  EXPECT_GT(accepted, 50);
  EXPECT_LT(accepted, 550);
}

}  // namespace
}  // namespace luqsim

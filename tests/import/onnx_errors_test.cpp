// Wrong and hostile ONNX models: an error that names what is wrong, and never more than that.
#include <random>

#include "onnx_import.h"

namespace luqsim {
namespace {

using test::ModelShape;
using test::OnnxModel;
using test::set;
using test::small_network;
using OnnxErrors = test::OnnxImport;

TEST_F(OnnxErrors, OperatorsThatAreNotRead) {
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

TEST_F(OnnxErrors, WrongAttributes) {
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

TEST_F(OnnxErrors, WrongShapes) {
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

TEST_F(OnnxErrors, WrongGraphs) {
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

TEST_F(OnnxErrors, FilesThatAreNoModels) {
  const std::string none =
      "net.onnx: not an ONNX model, or the start of one; wanted a protobuf message onnx.ModelProto";
  EXPECT_EQ(files_.error("net.onnx", "Layer, M, N, K,\n"), none);
  EXPECT_EQ(files_.error("net.onnx", ""), "net.onnx: graph: missing; wanted an ONNX model");
  EXPECT_EQ(files_.error("net.onnx", std::string("\x7F"
                                                 "ELF\x02\x01\0\0",
                                                 8)),
            none);
  EXPECT_THROW(import_shapes("/nowhere/net.onnx"), TraceError);
  EXPECT_EQ(files_.error_of(files_.make_folder("folder.onnx")), "folder.onnx: cannot be read; wanted an ONNX model");
}

// Types within types: protobuf's limit, not the stack's.
TEST_F(OnnxErrors, DeepNesting) {
  OnnxModel model = small_network();
  onnx::TypeProto* type = model.proto().mutable_graph()->add_input()->mutable_type();
  for (int i = 0; i < 1000; ++i) type = type->mutable_sequence_type()->mutable_elem_type();
  EXPECT_NE(error(model).find("not an ONNX model"), std::string::npos);
}

// A million empty nodes are two megabytes here, and two hundred in memory if nothing stops them.
TEST_F(OnnxErrors, MessagesThatAreMuchLargerInMemory) {
  onnx::ModelProto model;
  for (int i = 0; i < 1000000; ++i) model.mutable_graph()->add_node();
  EXPECT_EQ(files_.error("net.onnx", model.SerializeAsString()),
            "net.onnx: messages that take much more memory than the file is long; wanted an ONNX model");
}

// ONNX's inference divides by this stride. What ends it is the message, and nothing more.
TEST_F(OnnxErrors, InferenceThatCrashes) {
  OnnxModel model = small_network();
  onnx::NodeProto& pool = model.node("MaxPool", {"c1"}, {"p"});
  set(pool, "kernel_shape", {2, 2});
  set(pool, "strides", {0, 0});
  // By a signal, or with a sanitizer's status.
  EXPECT_EQ(error(model).substr(0, 33), "net.onnx: shape inference: ended ");
}

TEST_F(OnnxErrors, TruncatedAnywhere) {
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
TEST_F(OnnxErrors, RandomChanges) {
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

// ONNX models: the GEMMs of their operators.
#include "onnx_import.h"

namespace luqsim {
namespace {

using test::ModelShape;
using test::OnnxModel;
using test::record;
using test::set;
using test::shape;
using test::small_network;

const ImportOptions fprop_only{.passes = {Pass::fprop}};

class Onnx : public test::OnnxImport {
 protected:
  Record matmul(const ModelShape& a, const ModelShape& b, std::size_t records = 1) const {
    OnnxModel model;
    model.input("a", a).input("b", b);
    model.node("MatMul", {"a", "b"}, {"y"});
    const Trace trace = import(model, fprop_only);
    EXPECT_EQ(trace.records().size(), records);
    return trace.records().back();
  }
};

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

}  // namespace
}  // namespace luqsim

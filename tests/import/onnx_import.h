// Imports of ONNX models that tests build, and the models that several of them take.
#pragma once
#include <string>

#include <gtest/gtest.h>

#include "import_files.h"
#include "onnx_models.h"

namespace luqsim::test {

class OnnxImport : public testing::Test {
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

  ImportFiles files_;
};

// A small network as an exporter writes it: convolutions, pooling, a flattening, a classifier.
inline OnnxModel small_network() {
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

}  // namespace luqsim::test

// Small ONNX models, node by node.
#pragma once
#include <initializer_list>
#include <string>
#include <vector>

#include <onnx/onnx_pb.h>

namespace luqsim::test {

// A float input of this shape; -1 is an open dimension.
using ModelShape = std::vector<std::int64_t>;

class OnnxModel {
 public:
  OnnxModel();

  OnnxModel& input(const std::string& name, const ModelShape& shape);
  // Zeros, or external data that is not there.
  OnnxModel& weight(const std::string& name, const ModelShape& shape, bool external = false);
  OnnxModel& integers(const std::string& name, std::initializer_list<std::int64_t> values);
  // Named after its type and first output.
  onnx::NodeProto& node(const std::string& type, std::initializer_list<std::string> inputs,
                        std::initializer_list<std::string> outputs);
  OnnxModel& output(const std::string& name);

  onnx::ModelProto& proto() { return model_; }
  std::string bytes() const { return model_.SerializeAsString(); }

 private:
  onnx::ModelProto model_;
};

void set(onnx::NodeProto& node, const std::string& attribute, std::int64_t value);
void set(onnx::NodeProto& node, const std::string& attribute, const std::string& value);
void set(onnx::NodeProto& node, const std::string& attribute, std::initializer_list<std::int64_t> values);

}  // namespace luqsim::test

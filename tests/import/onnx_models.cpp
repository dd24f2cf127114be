#include "onnx_models.h"

#include <cstddef>

namespace luqsim::test {
namespace {

onnx::AttributeProto& attribute(onnx::NodeProto& node, const std::string& name,
                                onnx::AttributeProto::AttributeType type) {
  onnx::AttributeProto& a = *node.add_attribute();
  a.set_name(name);
  a.set_type(type);
  return a;
}

}  // namespace

OnnxModel::OnnxModel() {
  model_.set_ir_version(8);
  model_.mutable_graph()->set_name("graph");
  model_.add_opset_import()->set_version(17);
}

OnnxModel& OnnxModel::input(const std::string& name, const ModelShape& shape) {
  onnx::ValueInfoProto& input = *model_.mutable_graph()->add_input();
  input.set_name(name);
  input.mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
  auto& sizes = *input.mutable_type()->mutable_tensor_type()->mutable_shape();
  for (const std::int64_t size : shape)
    if (size == -1)
      sizes.add_dim()->set_dim_param("open");
    else
      sizes.add_dim()->set_dim_value(size);
  return *this;
}

OnnxModel& OnnxModel::weight(const std::string& name, const ModelShape& shape, bool external) {
  onnx::TensorProto& tensor = *model_.mutable_graph()->add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(onnx::TensorProto::FLOAT);
  std::int64_t elements = 1;
  for (const std::int64_t size : shape) tensor.add_dims(size), elements *= size;
  if (external)
    tensor.set_data_location(onnx::TensorProto::EXTERNAL);
  else
    tensor.mutable_raw_data()->assign(static_cast<std::size_t>(elements) * sizeof(float), '\0');
  return *this;
}

OnnxModel& OnnxModel::integers(const std::string& name, std::initializer_list<std::int64_t> values) {
  onnx::TensorProto& tensor = *model_.mutable_graph()->add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(onnx::TensorProto::INT64);
  tensor.add_dims(static_cast<std::int64_t>(values.size()));
  for (const std::int64_t value : values) tensor.add_int64_data(value);
  return *this;
}

onnx::NodeProto& OnnxModel::node(const std::string& type, std::initializer_list<std::string> inputs,
                                 std::initializer_list<std::string> outputs) {
  onnx::NodeProto& node = *model_.mutable_graph()->add_node();
  node.set_op_type(type);
  for (const std::string& name : inputs) node.add_input(name);
  for (const std::string& name : outputs) node.add_output(name);
  node.set_name(type + "_" + node.output(0));
  return node;
}

OnnxModel& OnnxModel::output(const std::string& name) {
  onnx::ValueInfoProto& output = *model_.mutable_graph()->add_output();
  output.set_name(name);
  output.mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
  return *this;
}

void set(onnx::NodeProto& node, const std::string& name, std::int64_t value) {
  attribute(node, name, onnx::AttributeProto::INT).set_i(value);
}
void set(onnx::NodeProto& node, const std::string& name, const std::string& value) {
  attribute(node, name, onnx::AttributeProto::STRING).set_s(value);
}
void set(onnx::NodeProto& node, const std::string& name, std::initializer_list<std::int64_t> values) {
  onnx::AttributeProto& a = attribute(node, name, onnx::AttributeProto::INTS);
  for (const std::int64_t value : values) a.add_ints(value);
}

}  // namespace luqsim::test

#include "onnx_shapes.h"

#include <onnx/shape_inference/implementation.h>

#include "isolated.h"

namespace luqsim {
namespace {

constexpr std::int64_t largest_kept = 4096;  // elements; what shapes are computed from is much smaller

void empty_if_large(onnx::TensorProto& tensor) {
  std::int64_t elements = 1;
  for (const std::int64_t size : tensor.dims())
    if (__builtin_mul_overflow(elements, size, &elements)) elements = largest_kept + 1;
  if (elements <= largest_kept) return;
  std::string().swap(*tensor.mutable_raw_data());  // clear() would keep the memory
  tensor.clear_float_data();
  tensor.clear_double_data();
  tensor.clear_int32_data();
  tensor.clear_int64_data();
  tensor.clear_uint64_data();
}

void empty_large_weights(onnx::GraphProto& graph) {
  for (onnx::TensorProto& tensor : *graph.mutable_initializer()) empty_if_large(tensor);
  for (onnx::NodeProto& node : *graph.mutable_node())
    for (onnx::AttributeProto& attribute : *node.mutable_attribute())
      if (attribute.has_t()) empty_if_large(*attribute.mutable_t());
}

// What inference adds: the values' types, and nothing else of the model.
std::string inferred_types(onnx::ModelProto& model) {
  onnx::shape_inference::InferShapes(model, onnx::OpSchemaRegistry::Instance(), {false, 0, true});
  onnx::GraphProto types;
  types.mutable_value_info()->Swap(model.mutable_graph()->mutable_value_info());
  for (onnx::ValueInfoProto& output : *model.mutable_graph()->mutable_output()) types.add_value_info()->Swap(&output);
  return types.SerializeAsString();
}

void add(OnnxShapes& shapes, const onnx::ValueInfoProto& value) {
  if (!value.type().has_tensor_type() || !value.type().tensor_type().has_shape()) return;
  std::vector<std::int64_t> sizes;
  for (const auto& size : value.type().tensor_type().shape().dim())
    sizes.push_back(size.has_dim_value() ? size.dim_value() : unknown_size);
  shapes.insert_or_assign(value.name(), std::move(sizes));
}

}  // namespace

OnnxShapes infer_shapes(onnx::ModelProto& model, const Context& context) {
  onnx::GraphProto& graph = *model.mutable_graph();
  empty_large_weights(graph);
  // Shapes that the file has for computed values are another batch's, or wrong.
  graph.clear_value_info();
  for (onnx::ValueInfoProto& output : *graph.mutable_output()) output.mutable_type()->clear_value();

  onnx::GraphProto types;
  try {
    // ONNX trusts the model: it divides by a stride of 0, and allocates a size that a node claims.
    if (!types.ParseFromString(isolated([&model] { return inferred_types(model); })))
      throw IsolatedError("without a usable result");
  } catch (const IsolatedError& error) {
    context.fail("shape inference", error.what(), "a valid model");
  }
  OnnxShapes shapes;
  for (const onnx::ValueInfoProto& value : types.value_info()) add(shapes, value);
  for (const onnx::ValueInfoProto& input : graph.input()) add(shapes, input);
  for (const onnx::TensorProto& tensor : graph.initializer())
    shapes.insert_or_assign(tensor.name(), std::vector<std::int64_t>(tensor.dims().begin(), tensor.dims().end()));
  return shapes;
}

}  // namespace luqsim

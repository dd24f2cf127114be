// ONNX models: the GEMMs of Conv, Gemm and MatMul; operators without GEMMs are passed over.
#include <algorithm>
#include <string>
#include <unordered_set>

#include <fmt/format.h>
#include <onnx/defs/schema.h>
#include <onnx/onnx_pb.h>

#include "context.h"
#include "input.h"
#include "onnx_file.h"
#include "onnx_layers.h"
#include "onnx_shapes.h"
#include "readers.h"

namespace luqsim {
namespace {

using Names = std::unordered_set<std::string>;

bool is_onnx_domain(const std::string& domain) { return domain.empty() || domain == "ai.onnx"; }

int opset_of(const onnx::ModelProto& model, const Context& context) {
  const int newest = onnx::OpSchemaRegistry::DomainToVersionRange::Instance().Map().at(onnx::ONNX_DOMAIN).second;
  const auto found =
      std::ranges::find_if(model.opset_import(), [](const auto& o) { return is_onnx_domain(o.domain()); });
  const std::string wanted = fmt::format("1 to {}, the opsets that this build's ONNX knows", newest);
  if (found == model.opset_import().end()) context.fail("opset_import", "missing", wanted);
  if (found->version() < 1 || found->version() > newest)
    context.fail("opset_import", fmt::format("{}", found->version()), wanted);
  return static_cast<int>(found->version());
}

// The first dimension of an input, where it is open, becomes the batch.
class Batch {
 public:
  Batch(std::optional<std::uint32_t> asked, const Context& context) : asked_(asked), context_(context) {}

  void set(onnx::ValueInfoProto& input) {
    const std::string field = fmt::format("input {}", in_quotes(input.name()));
    if (!input.type().has_tensor_type() || !input.type().tensor_type().has_shape())
      context_.fail(field, "no tensor, or one of any shape", "a tensor with a shape");
    auto& sizes = *input.mutable_type()->mutable_tensor_type()->mutable_shape()->mutable_dim();
    for (int i = 0; i < sizes.size(); ++i) {
      if (!sizes[i].has_dim_value()) {
        if (i > 0)
          context_.fail(fmt::format("{}: dimension {}", field, i), in_quotes(sizes[i].dim_param()),
                        "a size: only the first dimension, the batch, may be open");
        sizes[i].set_dim_value(asked_.value_or(1));
        is_open_ = true;
      }
      if (sizes[i].dim_value() < 1)
        context_.fail(fmt::format("{}: dimension {}", field, i), fmt::format("{}", sizes[i].dim_value()),
                      wanted(gemm_range));
    }
  }

  // After all inputs: a batch that was asked for and is in none of them would be ignored.
  void check() const {
    if (asked_ && !is_open_)
      context_.fail("batch", fmt::format("{}", *asked_), "none: no input of the model has an open first dimension");
  }

 private:
  const std::optional<std::uint32_t> asked_;
  const Context& context_;
  bool is_open_ = false;
};

std::string place_of(const onnx::NodeProto& node, int number) {
  return node.name().empty() ? fmt::format("node {}", number)
                             : fmt::format("node {} {}", number, in_quotes(node.name()));
}

class Graph {
 public:
  Graph(const std::filesystem::path& file, onnx::ModelProto& model, std::optional<std::uint32_t> batch)
      : file_(file.string()), graph_(*model.mutable_graph()) {
    const Context context{file_, ""};
    opset_ = opset_of(model, context);
    if (model.functions_size() > 0) context.fail("functions", "a model with functions", "one with them inlined");
    for (const onnx::TensorProto& tensor : graph_.initializer()) weights_.insert(tensor.name());
    Batch batches(batch, context);
    Names known = weights_;
    for (onnx::ValueInfoProto& input : *graph_.mutable_input()) {
      if (!weights_.contains(input.name())) batches.set(input);
      known.insert(input.name());
    }
    batches.check();
    for (int i = 0; i < graph_.node_size(); ++i) check(graph_.node(i), context_of(i), known);
    shapes_ = infer_shapes(model, context);
  }

  std::vector<Layer> layers() {
    std::vector<Layer> layers;
    for (int i = 0; i < graph_.node_size(); ++i) {
      const onnx::NodeProto& node = graph_.node(i);
      if (auto layer = layer_of(node, context_of(i))) {
        layer->where = fmt::format("{}: {}", file_, place_of(node, i));
        layer->name = name_of(node, i);
        layers.push_back(std::move(*layer));
      }
      if (is_constant(node)) weights_.insert(node.output().begin(), node.output().end());
    }
    return layers;
  }

 private:
  Context context_of(int number) const {
    const onnx::NodeProto& node = graph_.node(number);
    return {file_, fmt::format("{}: {}", place_of(node, number), in_quotes(node.op_type()))};
  }

  // Before inference: what it may not be given, or what would be passed over and must not be.
  void check(const onnx::NodeProto& node, const Context& context, Names& known) const {
    if (!is_onnx_domain(node.domain()))
      context.fail("domain", in_quotes(node.domain()), "operators of ONNX: another domain's may hide GEMMs");
    if (hides_gemms(node.op_type()))
      context.fail("", "an operator with GEMMs of its own", "GEMMs as Conv, Gemm or MatMul");
    const onnx::OpSchema* schema = onnx::OpSchemaRegistry::Schema(node.op_type(), opset_, onnx::ONNX_DOMAIN);
    if (schema == nullptr) context.fail("", "an unknown operator", fmt::format("one of opset {}", opset_));
    if (node.input_size() < schema->min_input())
      context.fail("inputs", fmt::format("{}", node.input_size()), fmt::format("at least {}", schema->min_input()));
    if (node.op_type() == "Conv") check_strides(node, context);
    for (const onnx::AttributeProto& attribute : node.attribute())
      if (attribute.has_g() || attribute.graphs_size() > 0)
        context.fail(attribute.name(), "a graph", "a model without graphs in its nodes");
    for (const std::string& input : node.input())
      if (!input.empty() && !known.contains(input))
        context.fail("input", in_quotes(input), "an input or weight of the graph, or an earlier node's output");
    for (const std::string& output : node.output())
      if (!output.empty() && !known.insert(output).second)
        context.fail("output", in_quotes(output), "a name that no other value has");
  }

  std::optional<Layer> layer_of(const onnx::NodeProto& node, const Context& context) const {
    if (node.op_type() == "Conv")
      return Layer{.shape =
                       conv_layer(node, operand(node, 0, context).sizes, operand(node, 1, context).sizes, context)};
    if (node.op_type() != "Gemm" && node.op_type() != "MatMul") return std::nullopt;
    const OnnxOperand a = operand(node, 0, context), b = operand(node, 1, context);
    const RepeatedGemm shape = node.op_type() == "Gemm" ? gemm_layer(node, a, b, context) : matmul_layer(a, b, context);
    return Layer{.shape = shape.gemm, .repeat = shape.repeat};
  }

  OnnxOperand operand(const onnx::NodeProto& node, int number, const Context& context) const {
    const std::string name = number < node.input_size() ? node.input(number) : "";
    const std::string field = fmt::format("input {} {}", number, in_quotes(name));
    const auto found = shapes_.find(name);
    if (name.empty() || found == shapes_.end())
      context.fail(field, name.empty() ? "missing" : "no known shape", "a tensor whose shape follows from the inputs'");
    OnnxOperand operand{.is_weight = weights_.contains(name)};
    for (const std::int64_t size : found->second) {
      if (size < 1 || static_cast<std::uint64_t>(size) > gemm_range.max)
        context.fail(field,
                     size == unknown_size ? "a dimension of unknown size" : fmt::format("a dimension of {}", size),
                     wanted(gemm_range));
      operand.sizes.push_back(static_cast<std::uint64_t>(size));
    }
    return operand;
  }

  // A weight as it is used: reshaped, transposed, cast.
  bool is_constant(const onnx::NodeProto& node) const {
    if (node.op_type() == "Constant") return true;
    return node.input_size() > 0 && std::ranges::all_of(node.input(), [&](const std::string& input) {
             return input.empty() || weights_.contains(input);
           });
  }

  // The node's own, its output's, or its number; models repeat names and leave them out.
  std::string name_of(const onnx::NodeProto& node, int number) {
    std::string name = node.name();
    if (name.empty() && node.output_size() > 0) name = node.output(0);
    if (name.empty()) name = fmt::format("node{}", number);
    if (name.size() > longest_name)
      context_of(number).fail("name", in_quotes(name), fmt::format("at most {} characters", longest_name));
    if (!names_.insert(name).second) name += fmt::format("@{}", number);
    return name;
  }

  const std::string file_;
  onnx::GraphProto& graph_;
  int opset_ = 0;
  OnnxShapes shapes_;
  Names weights_;  // initializers, constants, and what is computed from these alone
  Names names_;    // of layers
};

}  // namespace

LayerList read_onnx(const std::filesystem::path& path, std::optional<std::uint32_t> batch) {
  OnnxFile file(path);
  const Context context{path.string(), ""};
  if (!file.model().has_graph()) context.fail("graph", "missing", "an ONNX model");
  LayerList list{.has_batch = true, .layers = Graph(path, file.model(), batch).layers()};
  if (list.layers.empty()) context.fail("graph", "no Conv, Gemm or MatMul", "at least one");
  return list;
}

}  // namespace luqsim

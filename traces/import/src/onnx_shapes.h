// The shapes of a model's values.
#pragma once
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include <onnx/onnx_pb.h>

#include "context.h"

namespace luqsim {

constexpr std::int64_t unknown_size = -1;

// Of each value whose rank is known; sizes as the model has them, or unknown_size.
using OnnxShapes = std::unordered_map<std::string, std::vector<std::int64_t>>;

// Of inputs, initializers and everything computed from them. Empties large weights, which no shape depends on. Throws
// TraceError where ONNX's shape inference fails, crashes, or takes too long or too much memory.
OnnxShapes infer_shapes(onnx::ModelProto& model, const Context& context);

}  // namespace luqsim

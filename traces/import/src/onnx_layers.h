// The GEMMs of single ONNX operators, from attributes and shapes.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include <onnx/onnx_pb.h>

#include "context.h"
#include "layer.h"

namespace luqsim {

using Sizes = std::vector<std::uint64_t>;  // each in gemm_range

// An operand: its shape, and whether it is computed from weights alone.
struct OnnxOperand {
  Sizes sizes;
  bool is_weight = false;
};

// A GEMM, `repeat` times.
struct RepeatedGemm {
  GemmLayer gemm;
  std::uint64_t repeat = 1;
};

// Operators that multiply matrices in a way that is not read, or run graphs that may.
bool hides_gemms(const std::string& operator_type);

// Of Conv, before ONNX's shape inference divides by them.
void check_strides(const onnx::NodeProto& node, const Context& context);

ConvLayer conv_layer(const onnx::NodeProto& node, const Sizes& x, const Sizes& w, const Context& context);
RepeatedGemm gemm_layer(const onnx::NodeProto& node, const OnnxOperand& a, const OnnxOperand& b,
                        const Context& context);
// Of MatMul, with its broadcasting: where B is the same for several matrices of A they make one GEMM with a larger M.
RepeatedGemm matmul_layer(const OnnxOperand& a, const OnnxOperand& b, const Context& context);

}  // namespace luqsim

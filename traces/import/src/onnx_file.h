// Parsing an ONNX file within bounds.
#pragma once
#include <filesystem>

#include <google/protobuf/arena.h>
#include <onnx/onnx_pb.h>

#include "context.h"

namespace luqsim {

class OnnxFile {
 public:
  // Throws TraceError for a file that is no ONNX model, or one whose messages are much larger than itself.
  explicit OnnxFile(const std::filesystem::path& file);

  onnx::ModelProto& model() { return *model_; }

 private:
  google::protobuf::Arena arena_;
  onnx::ModelProto* model_;
};

}  // namespace luqsim

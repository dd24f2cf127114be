// ONNX models. The library runs ONNX's shape inference in a process of its own, because that crashes on hostile models.
// Here is no such process: the shapes that the file claims for its values take the place of the inferred ones.
#include <onnx/onnx_pb.h>

#include "input_file.h"
#include "isolated.h"
#include "readers.h"
#include "workload.h"

namespace luqsim {
namespace {

std::string claimed_shapes;

std::string shapes_in(const std::uint8_t* data, std::size_t size) {
  onnx::ModelProto model;
  if (!model.ParseFromArray(data, static_cast<int>(size))) return "";
  onnx::GraphProto shapes;
  shapes.mutable_value_info()->Swap(model.mutable_graph()->mutable_value_info());
  return shapes.SerializeAsString();
}

}  // namespace

std::string isolated(const std::function<std::string()>&) { return claimed_shapes; }

}  // namespace luqsim

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace luqsim;
  static fuzz::InputFile file;
  claimed_shapes = shapes_in(data, size);
  try {
    fuzz::make_trace(read_onnx(file.write(data, size), std::nullopt));
  } catch (const TraceError&) {
  }
  return 0;
}

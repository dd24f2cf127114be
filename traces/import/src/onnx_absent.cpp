// In place of read_onnx.cpp in a build without LUQSIM_ONNX.
#include "context.h"
#include "readers.h"

namespace luqsim {

LayerList read_onnx(const std::filesystem::path& file, std::optional<std::uint32_t>) {
  Context{file.string(), ""}.fail("", "an ONNX model", "a build with -DLUQSIM_ONNX=ON, or layers in .csv or .yaml");
}

}  // namespace luqsim

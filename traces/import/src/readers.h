// The layers that a file describes, one reader for each format. All throw TraceError, naming the file, the line or
// node, the field, what it holds and what was wanted.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>

#include "layer.h"

namespace luqsim {

LayerList read_csv(const std::filesystem::path& file);
LayerList read_yaml(const std::filesystem::path& file);
// `batch` takes the place of a symbolic first dimension of the model's inputs; 1 unless given.
LayerList read_onnx(const std::filesystem::path& file, std::optional<std::uint32_t> batch);

}  // namespace luqsim

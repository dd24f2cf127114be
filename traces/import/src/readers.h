#pragma once
#include <filesystem>

#include "layer.h"

namespace luqsim {

LayerList read_csv(const std::filesystem::path& file);
LayerList read_yaml(const std::filesystem::path& file);

}  // namespace luqsim

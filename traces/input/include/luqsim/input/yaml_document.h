// A YAML text of one document.
#pragma once
#include <optional>
#include <string>

#include <yaml-cpp/yaml.h>

namespace luqsim {

// Its root; nothing where anything but comments follows the first document. Throws YAML::Exception.
std::optional<YAML::Node> load_document(const std::string& text);

}  // namespace luqsim

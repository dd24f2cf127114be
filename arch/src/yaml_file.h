// Reading YAML files: their errors, and where something stands in one.
#pragma once
#include <string>

#include <yaml-cpp/yaml.h>

namespace luqsim {

// Throws ArchitectureError for a file that cannot be read, is too large or is not one YAML document; `wanted`: "an
// architecture YAML file". `place`: what the message that it cannot be read begins with, such as where another file
// names it.
YAML::Node load_yaml(const std::string& file, const std::string& wanted, const std::string& place);

// "file:line:column"; of a node that is nowhere, as the root of an empty file is, the file alone.
std::string where(const std::string& file, const YAML::Node& node);

// The text of a node. Throws ArchitectureError unless it is one that a design's name may have.
std::string text_of(const std::string& file, const YAML::Node& node, const std::string& key);

}  // namespace luqsim

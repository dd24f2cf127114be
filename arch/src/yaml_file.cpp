#include "yaml_file.h"

#include <filesystem>

#include <fmt/format.h>

#include "settings.h"

namespace luqsim {
namespace {

std::string where(const std::string& file, const YAML::Mark& mark) {
  return mark.is_null() ? file : fmt::format("{}:{}:{}", file, mark.line + 1, mark.column + 1);
}

}  // namespace

YAML::Node load_yaml(const std::string& file, const std::string& wanted) {
  const std::string unreadable = "cannot be read; wanted " + wanted;
  // yaml-cpp opens a folder, throws what is no YAML::Exception, and loses memory.
  std::error_code error;
  if (std::filesystem::is_directory(file, error)) fail(file, unreadable);
  try {
    return YAML::LoadFile(file);
  } catch (const YAML::BadFile&) {
    fail(file, unreadable);
  } catch (const YAML::Exception& e) {
    fail(where(file, e.mark), "not YAML: " + e.msg);
  }
}

std::string where(const std::string& file, const YAML::Node& node) { return where(file, node.Mark()); }

}  // namespace luqsim

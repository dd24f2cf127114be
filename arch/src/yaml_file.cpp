#include "yaml_file.h"

#include <ios>

#include <fmt/format.h>

#include "settings.h"

namespace luqsim {
namespace {

std::string where(const std::string& file, const YAML::Mark& mark) {
  return mark.is_null() ? file : fmt::format("{}:{}:{}", file, mark.line + 1, mark.column + 1);
}

}  // namespace

YAML::Node load_yaml(const std::string& file, const std::string& wanted) {
  try {
    return YAML::LoadFile(file);
  } catch (const YAML::BadFile&) {
    fail(file, "cannot be read; wanted " + wanted);
  } catch (const std::ios_base::failure&) {  // a folder opens, and cannot be read
    fail(file, "cannot be read; wanted " + wanted);
  } catch (const YAML::Exception& e) {
    fail(where(file, e.mark), "not YAML: " + e.msg);
  }
}

std::string where(const std::string& file, const YAML::Node& node) { return where(file, node.Mark()); }

}  // namespace luqsim

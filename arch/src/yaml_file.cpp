#include "yaml_file.h"

#include <optional>

#include <fmt/format.h>

#include "luqsim/input/read_file.h"
#include "luqsim/input/shown.h"
#include "luqsim/input/yaml_document.h"

#include "fields.h"
#include "settings.h"

namespace luqsim {
namespace {

std::string where(const std::string& file, const YAML::Mark& mark) {
  return mark.is_null() ? file : fmt::format("{}:{}:{}", file, mark.line + 1, mark.column + 1);
}

}  // namespace

YAML::Node load_yaml(const std::string& file, const std::string& wanted, const std::string& place) {
  try {
    if (const std::optional<YAML::Node> root = load_document(read_file(file, yaml_limit, wanted))) return *root;
  } catch (const ReadError& e) {
    fail(place, e.what());
  } catch (const YAML::Exception& e) {
    fail(where(file, e.mark), "not YAML: " + e.msg);
  }
  fail(file, "more than one YAML document; wanted " + wanted);
}

std::string where(const std::string& file, const YAML::Node& node) { return where(file, node.Mark()); }

std::string text_of(const std::string& file, const YAML::Node& node, const std::string& key) {
  const TextType type;
  if (!node.IsScalar()) fail(where(file, node), fmt::format("{}: wanted {}", key, wanted(type)));
  if (!is_valid(type, node.Scalar()))
    fail(where(file, node), fmt::format("{}: {}; wanted {}", key, shown(node.Scalar()), wanted(type)));
  return node.Scalar();
}

}  // namespace luqsim

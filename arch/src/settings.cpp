#include "settings.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "luqsim/input/nearest.h"
#include "luqsim/input/shown.h"

#include "fields.h"

namespace luqsim {
namespace {

std::string nearest_key(std::string_view key) {
  std::vector<std::string> keys;
  for (const Field& field : architecture_fields()) {
    keys.emplace_back(field.path);
    for (std::size_t dot = field.path.find('.'); dot != std::string::npos; dot = field.path.find('.', dot + 1)) {
      const std::string section(field.path.substr(0, dot));
      if (std::ranges::find(keys, section) == keys.end()) keys.push_back(section);
    }
  }
  return nearest(key, keys);
}

}  // namespace

void fail(const std::string& where, const std::string& what) { throw ArchitectureError(where + ": " + what); }

bool is_section(const std::string& path) {
  return std::ranges::any_of(architecture_fields(), [&](const Field& f) { return f.path.starts_with(path + "."); });
}

Setting checked(const std::string& key, const std::string& scalar, const std::string& where) {
  const Field* field = find_field(key);
  if (field == nullptr && is_section(key)) fail(where, fmt::format("{}: a section; wanted one of its keys", key));
  if (field == nullptr) fail(where, fmt::format("unknown key {}; did you mean {}?", shown(key), nearest_key(key)));
  if (!is_valid(field->type, scalar))
    fail(where, fmt::format("{}: {}; wanted {}", key, shown(scalar), wanted(field->type)));
  return {scalar, where};
}

}  // namespace luqsim

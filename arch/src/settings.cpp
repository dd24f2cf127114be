#include "settings.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include <fmt/format.h>

#include "luqsim/input/shown.h"

#include "fields.h"

namespace luqsim {
namespace {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size());
  std::iota(row.begin(), row.end(), std::size_t{1});
  std::size_t distance = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = i;
    std::size_t* above = row.data();
    distance = i + 1;
    for (const char c : b) {
      const std::size_t substitute = diagonal + (a[i] == c ? 0 : 1);
      diagonal = *above;
      distance = *above++ = std::min(std::min(diagonal, distance) + 1, substitute);
    }
  }
  return distance;
}

std::string nearest_key(std::string_view key) {
  key = key.substr(0, 50);  // longer than any: the file may be one long key
  std::size_t least = std::string_view::npos;
  std::string nearest;
  for (const Field& field : architecture_fields()) {
    const std::size_t distance = edit_distance(field.path, key);
    if (distance < least) {
      least = distance;
      nearest = field.path;
    }
  }
  return nearest;
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

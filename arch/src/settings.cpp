#include "settings.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "fields.h"

namespace luqsim {
namespace {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substitute = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substitute});
    }
  }
  return row.back();
}

std::string nearest_key(std::string_view key) {
  key = key.substr(0, 50);  // longer than any: the file may be one long key
  const auto& fields = architecture_fields();
  const auto nearest = std::ranges::min_element(fields, {}, [&](const Field& f) { return edit_distance(f.path, key); });
  return std::string(nearest->path);
}

}  // namespace

void fail(const std::string& where, const std::string& what) { throw ArchitectureError(where + ": " + what); }

const Field* find_field(std::string_view path) {
  const auto& fields = architecture_fields();
  const auto found = std::ranges::find(fields, path, &Field::path);
  return found == fields.end() ? nullptr : &*found;
}

bool is_section(const std::string& path) {
  return std::ranges::any_of(architecture_fields(), [&](const Field& f) { return f.path.starts_with(path + "."); });
}

Setting checked(const std::string& key, const std::string& scalar, const std::string& where) {
  const Field* field = find_field(key);
  if (field == nullptr && is_section(key)) fail(where, fmt::format("{}: a section; wanted one of its keys", key));
  if (field == nullptr) fail(where, fmt::format("unknown key {}; did you mean {}?", key, nearest_key(key)));
  if (!is_valid(field->type, scalar)) fail(where, fmt::format("{}: {}; wanted {}", key, scalar, wanted(field->type)));
  return {scalar, where};
}

}  // namespace luqsim

#include "luqsim/arch/architecture.h"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "fields.h"

namespace luqsim {
namespace {

namespace fs = std::filesystem;

// A scalar found for a key, and where: the later layers of `extends` and --set replace it.
struct Setting {
  std::string scalar, where;
};
using Settings = std::map<std::string, Setting, std::less<>>;

[[noreturn]] void fail(const std::string& where, const std::string& what) {
  throw ArchitectureError(where + ": " + what);
}

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
  const auto& fields = architecture_fields();
  const auto nearest = std::ranges::min_element(fields, {}, [&](const Field& f) { return edit_distance(f.path, key); });
  return std::string(nearest->path);
}

const Field* find_field(std::string_view path) {
  const auto& fields = architecture_fields();
  const auto found = std::ranges::find(fields, path, &Field::path);
  return found == fields.end() ? nullptr : &*found;
}

bool is_section(const std::string& path) {
  return std::ranges::any_of(architecture_fields(), [&](const Field& f) { return f.path.starts_with(path + "."); });
}

// Checks one scalar and remembers it.
void store(const std::string& path, const std::string& scalar, const std::string& where, Settings& settings) {
  const Field* field = find_field(path);
  if (field == nullptr && is_section(path)) fail(where, fmt::format("{}: a section; wanted one of its keys", path));
  if (field == nullptr) fail(where, fmt::format("unknown key {}; did you mean {}?", path, nearest_key(path)));
  if (!is_valid(field->type, scalar)) fail(where, fmt::format("{}: {}; wanted {}", path, scalar, wanted(field->type)));
  settings[path] = {scalar, where};
}

class FileReader {
 public:
  explicit FileReader(fs::path file) : file_(std::move(file)) {}

  void read(Settings& settings, std::set<fs::path>& open_files) {
    if (!open_files.insert(fs::weakly_canonical(file_)).second) fail(file_.string(), "extends itself");
    const YAML::Node root = parse();
    if (!root.IsMap()) fail(where(root), "the file holds no keys; wanted a mapping such as `array: {rows: 32, ...}`");
    if (const YAML::Node base = root["extends"]) {
      if (!base.IsScalar()) fail(where(base), "extends: wanted the name of a file");
      FileReader(file_.parent_path() / base.Scalar()).read(settings, open_files);
    }
    read_section(root, "", settings);
  }

 private:
  YAML::Node parse() const {
    try {
      return YAML::LoadFile(file_.string());
    } catch (const YAML::BadFile&) {
      fail(file_.string(), "cannot be read; wanted an architecture YAML file");
    } catch (const YAML::Exception& e) {
      fail(fmt::format("{}:{}:{}", file_.string(), e.mark.line + 1, e.mark.column + 1), "not YAML: " + e.msg);
    }
  }

  std::string where(const YAML::Node& node) const {
    return fmt::format("{}:{}:{}", file_.string(), node.Mark().line + 1, node.Mark().column + 1);
  }

  void read_section(const YAML::Node& map, const std::string& prefix, Settings& settings) {
    std::set<std::string> seen;
    for (const auto& entry : map) {
      const YAML::Node& key = entry.first;
      const YAML::Node& value = entry.second;
      if (!key.IsScalar()) fail(where(key), "a key is no plain text");
      const std::string path = prefix + key.Scalar();
      if (!seen.insert(path).second) fail(where(key), fmt::format("{} stands twice; wanted once", path));
      if (path == "extends") continue;
      if (is_section(path)) {
        if (!value.IsMap()) fail(where(value), fmt::format("{}: wanted a section of keys", path));
        read_section(value, path + ".", settings);
      } else {
        const Field* field = find_field(path);
        if (field != nullptr && !value.IsScalar())
          fail(where(value.IsNull() ? key : value), fmt::format("{}: wanted {}", path, wanted(field->type)));
        store(path, value.IsScalar() ? value.Scalar() : "", where(field == nullptr ? key : value), settings);
      }
    }
  }

  fs::path file_;
};

void apply_override(const std::string& text, Settings& settings) {
  const std::size_t equals = text.find('=');
  const std::string where = fmt::format("--set {}", text);
  if (equals == std::string::npos) fail(where, "wanted KEY=VALUE, for example array.rows=64");
  store(text.substr(0, equals), text.substr(equals + 1), where, settings);
}

// What no single key can check.
void check_together(const Architecture& a, const Settings& settings) {
  const auto reject = [&](std::string_view key, const std::string& wanted) {
    const Setting& s = settings.find(key)->second;
    fail(s.where, fmt::format("{}: {}; wanted {}", key, s.scalar, wanted));
  };
  if (!accepts(a.array.fprop_product, Format::int4, Format::int4))
    reject("array.fprop_product", "a product of int4 x int4: int4_mul");
  if (!accepts(a.array.bprop_product, Format::int4, Format::fp4_e3m0))
    reject("array.bprop_product", "a product of int4 x fp4: shift, fp7_mul or mf_bprop");
  const bool os = a.array.dataflow == Dataflow::os;
  const auto needs = [&](const BufferConfig& buffer, std::uint64_t bytes, std::string_view key, std::string_view what) {
    if (buffer.slot_bytes() < bytes)
      reject(key, fmt::format("room for {}, {} bytes{}", what, bytes, buffer.double_buffered ? ", in each half" : ""));
  };
  const std::uint64_t rows = a.array.rows, cols = a.array.cols, lanes = a.array.lanes;
  needs(a.out, (os ? rows : 1) * cols * sizeof(float), "buffers.out.bytes", os ? "a fold's outputs" : "a row of sums");
  // One step of what moves through the array, or all that is stationary in it.
  const std::uint64_t moving = (rows * lanes + 1) / 2, stationary = (rows * cols * lanes + 1) / 2;
  if (os) {
    needs(a.a, (rows * lanes + 1) / 2, "buffers.a.bytes", "one step of the array");
    needs(a.b, (cols * lanes + 1) / 2, "buffers.b.bytes", "one step of the array");
  } else {
    const bool ws = a.array.dataflow == Dataflow::ws;
    needs(a.a, ws ? moving : stationary, "buffers.a.bytes", ws ? "one step of the array" : "a stationary fold");
    needs(a.b, ws ? stationary : moving, "buffers.b.bytes", ws ? "a stationary fold" : "one step of the array");
  }
  if (a.compat == Compat::scalesim && lanes > 1) reject("compat", "none: SCALE-Sim has no lanes");
  if (a.array.zero_skip == ZeroSkip::skip && a.array.accumulator.kind == AccumulatorKind::chunk)
    reject("array.zero_skip", "none or gate: chunks count terms, and skipped terms would shift them");
  if (a.array.zero_skip == ZeroSkip::skip && !os)
    reject("array.zero_skip",
           "none or gate: a ws or is column sums over all its rows in lock step, so none of them can skip");
}

}  // namespace

Architecture load_architecture(const fs::path& path, std::span<const std::string> overrides) {
  Settings settings;
  std::set<fs::path> open_files;
  FileReader(path).read(settings, open_files);
  for (const std::string& text : overrides) apply_override(text, settings);
  Architecture architecture;
  for (const Field& field : architecture_fields()) {
    const auto found = settings.find(field.path);
    if (found != settings.end()) {
      field.set(architecture, found->second.scalar);
      architecture.settings.emplace(field.path, normalized(field.type, found->second.scalar));
    } else if (field.required) {
      fail(path.string(), fmt::format("missing key {}; wanted {}", field.path, wanted(field.type)));
    }
  }
  check_together(architecture, settings);
  return architecture;
}

}  // namespace luqsim

#include "luqsim/arch/architecture.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <system_error>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "luqsim/input/shown.h"

#include "fields.h"
#include "operand_slots.h"
#include "settings.h"
#include "yaml_file.h"

namespace luqsim {
namespace {

namespace fs = std::filesystem;

// Where each section begins, by its path: "" for the whole, "array". Of files that extend others the later one's.
using Sections = std::map<std::string, std::string, std::less<>>;

struct FoundKeys {
  Settings settings;
  Sections sections;
};

class FileReader {
 public:
  FileReader(fs::path file, const FindDesign& find) : file_(std::move(file)), place_(file_.string()), find_(find) {}
  // `extended_at`: where another file extends this one.
  FileReader(fs::path file, const FindDesign& find, const std::string& extended_at)
      : file_(std::move(file)), place_(fmt::format("{}: {}", extended_at, file_.string())), find_(find) {}

  void read(FoundKeys& found, std::set<fs::path>& open_files) {
    std::error_code error;
    const bool is_new = open_files.insert(fs::weakly_canonical(file_, error)).second;
    if (error) fail(place_, error.message() + "; wanted an architecture YAML file");
    if (!is_new) fail(place_, "extends itself");
    const YAML::Node root = load_yaml(file_.string(), "an architecture YAML file", place_);
    if (!root.IsMap()) fail(where(root), "the file holds no keys; wanted a mapping such as `array: {rows: 32, ...}`");
    if (const YAML::Node base = root["extends"])
      FileReader(base_file(base), find_, where(base) + ": extends").read(found, open_files);
    read_section(root, "", found);
  }

 private:
  fs::path base_file(const YAML::Node& base) const {
    const std::string name = text_of(file_.string(), base, "extends");
    const fs::path beside = file_.parent_path() / name;
    std::error_code ignored;
    const bool is_file = fs::is_regular_file(beside, ignored) || beside.has_extension() || name.find('/') != name.npos;
    if (!find_ || is_file) return beside;
    try {
      return find_(name);
    } catch (const ArchitectureError& e) {
      fail(where(base) + ": extends", e.what());
    }
  }

  std::string where(const YAML::Node& node) const { return luqsim::where(file_.string(), node); }

  void read_section(const YAML::Node& map, const std::string& section, FoundKeys& found) {
    found.sections.insert_or_assign(section, where(map));
    const std::string prefix = section.empty() ? "" : section + ".";
    std::set<std::string> seen;
    for (const auto& entry : map) {
      const YAML::Node& key = entry.first;
      const YAML::Node& value = entry.second;
      if (!key.IsScalar()) fail(where(key), "a key is no plain text");
      const std::string path = prefix + key.Scalar();
      if (!seen.insert(path).second) fail(where(key), fmt::format("{} stands twice; wanted once", shown(path)));
      if (path == "extends") continue;
      if (is_section(path)) {
        if (!value.IsMap()) fail(where(value), fmt::format("{}: wanted a section of keys", path));
        read_section(value, path, found);
      } else {
        const Field* field = find_field(path);
        if (field != nullptr && !value.IsScalar())
          fail(where(value.IsNull() ? key : value), fmt::format("{}: wanted {}", path, wanted(field->type)));
        const std::string at = where(field == nullptr ? key : value);
        found.settings.insert_or_assign(path, checked(path, value.IsScalar() ? value.Scalar() : "", at));
      }
    }
  }

  fs::path file_;
  std::string place_;  // what messages begin with where the file cannot be read
  const FindDesign& find_;
};

void apply_override(const std::string& text, Settings& settings) {
  const std::size_t equals = text.find('=');
  const std::string where = fmt::format("--set {}", shown(text));
  if (equals == std::string::npos) fail(where, "wanted KEY=VALUE, for example array.rows=64");
  const std::string key = text.substr(0, equals);
  settings.insert_or_assign(key, checked(key, text.substr(equals + 1), where));
}

// The products' names that take these formats, as "int4_mul or shift".
std::string products_for(OperandFormat a, OperandFormat b) {
  std::vector<std::string_view> names;
  for (const std::string_view name : EnumNames<Product>::names)
    if (takes(*from_name<Product>(name), a, b)) names.push_back(name);
  return names.empty() ? "formats that have a product in common" : fmt::format("{}", fmt::join(names, " or "));
}

std::string accumulators_for(Product product) {
  std::vector<std::string_view> names;
  for (const std::string_view name : EnumNames<AccumulatorKind>::names)
    if (sums(product, *from_name<AccumulatorKind>(name))) names.push_back(name);
  return fmt::format("{}", fmt::join(names, " or "));
}

template <class Reject>
void check_products(const Architecture& a, const Reject& reject) {
  const auto check = [&](std::string_view key, Product product, OperandFormat other) {
    if (!takes(product, a.formats.forward, other))
      reject(key, fmt::format("a product of {} x {}: {}", name_of(a.formats.forward), name_of(other),
                              products_for(a.formats.forward, other)));
  };
  check("array.fprop_product", a.array.fprop_product, a.formats.forward);
  check("array.bprop_product", a.array.bprop_product, a.formats.gradient);
  if (!sums(a.array.bprop_product, a.array.accumulator.kind))
    reject("array.accumulator", fmt::format("one that sums {}: {}", name_of(a.array.bprop_product),
                                            accumulators_for(a.array.bprop_product)));
  if (a.array.lanes > 1 && !sums_lanes(a.array.bprop_product))
    reject("array.lanes", "1, for products of floating-point formats");
  if (!a.formats.as_traced() && a.array.zero_skip != ZeroSkip::none)
    reject("array.zero_skip", "none, for formats whose codes no trace holds");
}

// What no single key can check.
void check_together(const Architecture& a, const Settings& settings) {
  const auto reject = [&](std::string_view key, const std::string& wanted) {
    const Setting& s = settings.find(key)->second;
    fail(s.where, fmt::format("{}: {}; wanted {}", key, s.scalar, wanted));
  };
  check_products(a, reject);
  const bool os = keeps_outputs(a.array.dataflow);
  const auto needs = [&](const BufferConfig& buffer, std::uint64_t bytes, std::string_view key, std::string_view what) {
    if (buffer.slot_bytes() < bytes)
      reject(key, fmt::format("room for {}, {} bytes{}", what, bytes, buffer.double_buffered ? ", in each half" : ""));
  };
  const std::uint64_t rows = a.array.rows, cols = a.array.cols;
  needs(a.out, (os ? rows : 1) * cols * sizeof(float), "buffers.out.bytes", os ? "a fold's outputs" : "a row of sums");
  const OperandSlots slots = operand_slots(a.array, a.formats.larger_size());
  const auto held = [&](Dataflow stationary) {
    return a.array.dataflow == stationary ? "a stationary fold" : "one step of the array";
  };
  needs(a.a, slots.a_bytes, "buffers.a.bytes", held(Dataflow::is));
  needs(a.b, slots.b_bytes, "buffers.b.bytes", held(Dataflow::ws));
  if (a.compat == Compat::scalesim && a.array.lanes > 1) reject("compat", "none: SCALE-Sim has no lanes");
  if (a.array.zero_skip == ZeroSkip::skip && a.array.accumulator.kind == AccumulatorKind::chunk)
    reject("array.zero_skip", "none or gate: chunks count terms, and skipped terms would shift them");
  if (a.array.zero_skip == ZeroSkip::skip && !os)
    reject("array.zero_skip",
           "none or gate: a ws or is column sums over all its rows in lock step, so none of them can skip");
}

// Of the innermost section around a key that is there.
const std::string& section_of(std::string_view path, const Sections& sections) {
  for (std::size_t dot = path.rfind('.'); dot != std::string::npos; dot = path.rfind('.')) {
    path = path.substr(0, dot);
    if (const auto found = sections.find(path); found != sections.end()) return found->second;
  }
  return sections.at("");
}

// `sections`, the whole among them, say where a key is missing.
Architecture build(const Settings& settings, const Sections& sections) {
  Architecture architecture;
  for (const Field& field : architecture_fields()) {
    const auto found = settings.find(field.path);
    if (found != settings.end()) {
      field.set(architecture, found->second.scalar);
      architecture.settings.emplace(field.path, normalized(field.type, found->second.scalar));
    } else if (field.required) {
      fail(section_of(field.path, sections), fmt::format("missing key {}; wanted {}", field.path, wanted(field.type)));
    }
  }
  check_together(architecture, settings);
  return architecture;
}

FoundKeys read_file(const fs::path& path, const FindDesign& find) {
  FoundKeys found;
  std::set<fs::path> open_files;
  FileReader(path, find).read(found, open_files);
  return found;
}

}  // namespace

Architecture load_architecture(const fs::path& path, std::span<const std::string> overrides, const FindDesign& find) {
  FoundKeys found = read_file(path, find);
  for (const std::string& text : overrides) apply_override(text, found.settings);
  return build(found.settings, found.sections);
}

struct BaseDesign::Impl {
  FoundKeys found;
};

BaseDesign::BaseDesign(const fs::path& path, const FindDesign& find)
    : impl_(std::make_shared<const Impl>(Impl{read_file(path, find)})) {}

Design BaseDesign::with(std::span<const DesignSetting> changes) const {
  Settings settings = impl_->found.settings;
  for (const DesignSetting& s : changes) settings.insert_or_assign(s.key, checked(s.key, s.value, s.where));
  Design design;
  try {
    design.architecture = build(settings, impl_->found.sections);
    design.text = canonical_text(*design.architecture);
  } catch (const ArchitectureError& e) {
    design.refusal = e.what();
    for (const auto& [key, setting] : settings) design.text += key + "=" + setting.scalar + "\n";
  }
  return design;
}

std::uint32_t largest_product(const FormatConfig& formats) {
  return operand_format_info(formats.forward).largest * operand_format_info(formats.gradient).largest;
}

std::optional<std::uint64_t> exact_terms(const Architecture& architecture) {
  const std::uint32_t largest = largest_product(architecture.formats);
  if (largest == 0) return std::nullopt;
  return exact_terms(architecture.array.accumulator, largest);
}

std::string canonical_text(const Architecture& architecture) {
  std::string text;
  for (const Field& field : architecture_fields())
    if (const auto scalar = field.get(architecture)) text.append(field.path).append("=").append(*scalar).append("\n");
  return text;
}

Architecture from_canonical_text(std::string_view text) {
  Settings settings;
  for (std::size_t line = 1; !text.empty(); ++line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view entry = text.substr(0, end);
    const std::string where = fmt::format("design:{}", line);
    const std::size_t equals = entry.find('=');
    if (equals == std::string_view::npos) fail(where, "wanted KEY=VALUE");
    const std::string key(entry.substr(0, equals)), value(entry.substr(equals + 1));
    // What a file cannot say: no tile of its own.
    if (!(key.starts_with("schedule.") && value == "0")) settings.insert_or_assign(key, checked(key, value, where));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return build(settings, {{"", "design"}});
}

}  // namespace luqsim

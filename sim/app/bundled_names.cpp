#include "bundled_names.h"

#include <algorithm>
#include <span>
#include <vector>

#include <fmt/format.h>

#include "luqsim/arch/architecture.h"
#include "luqsim/input/nearest.h"
#include "luqsim/input/shown.h"
#include "luqsim/program/bundled.h"
#include "luqsim/traces/trace.h"

namespace luqsim {
namespace {

namespace fs = std::filesystem;

using Kinds = std::span<const BundledKind>;

constexpr Kinds designs = Kinds(bundled_kinds).subspan(0, 1);
constexpr Kinds traces = Kinds(bundled_kinds).subspan(1, 1);
constexpr Kinds traces_and_workloads = Kinds(bundled_kinds).subspan(1, 2);
constexpr Kinds sweeps = Kinds(bundled_kinds).subspan(3, 1);

// "net.csv" and "a/b" are paths, of files that may be missing; "gpt-1.3b" is a name.
bool is_path(const std::string& name) {
  const std::string extension = fs::path(name).extension().string();
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  std::error_code ignored;
  return name.find('/') != std::string::npos || (extension.size() > 1 && is_letter(extension[1])) ||
         fs::exists(name, ignored);
}

std::vector<std::string> names_of(Kinds kinds) {
  std::vector<std::string> names;
  for (const BundledKind& kind : kinds)
    for (const fs::path& file : all_bundled(kind.folder, kind.extension)) names.push_back(file.stem().string());
  return names;
}

// What is wrong with a name that no file has and that is none of these kinds.
std::string unknown(const std::string& name, Kinds kinds) {
  const std::string wanted = fmt::format("a file or a bundled {}", kinds.front().one);
  for (const BundledKind& kind : bundled_kinds)
    if (std::ranges::count(names_of({&kind, 1}), name) > 0)
      return fmt::format("{}: a bundled {} ({}); wanted {}", name, kind.one, kind.text, wanted);
  const std::string meant = nearest(name, names_of(kinds), std::max<std::size_t>(2, name.size() / 3));
  if (!meant.empty()) return fmt::format("{}: no file, and no bundled name; did you mean {}?", shown(name), meant);
  return fmt::format("{}: no file, and no bundled name; wanted {}: luqsim list {}", shown(name), wanted,
                     kinds.front().name);
}

template <class Error>
fs::path find(const std::string& name, Kinds kinds) {
  for (const BundledKind& kind : kinds)
    if (fs::path file = find_bundled(name, kind.folder, kind.extension); file != name) return file;
  if (!is_path(name)) throw Error(unknown(name, kinds));
  return name;
}

}  // namespace

fs::path find_design(const std::string& name) { return find<ArchitectureError>(name, designs); }
fs::path find_sweep(const std::string& name) { return find<ArchitectureError>(name, sweeps); }
fs::path find_trace(const std::string& name) { return find<TraceError>(name, traces_and_workloads); }
fs::path find_recorded_trace(const std::string& name) { return find<TraceError>(name, traces); }

}  // namespace luqsim

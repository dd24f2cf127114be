#include "luqsim/program/bundled.h"

#include <algorithm>
#include <array>

namespace luqsim {

namespace fs = std::filesystem;

namespace {

// Where bundled files may be, installed or in the source tree.
std::array<fs::path, 2> roots() {
  std::error_code ignored;
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
  return {program.parent_path().parent_path() / "share/luqsim", fs::path(LUQSIM_SOURCE_DIR)};
}

// Short where it can be: messages and reports show it.
fs::path shortened(const fs::path& file) {
  std::error_code ignored;
  const fs::path relative = file.lexically_relative(fs::current_path(ignored));
  return relative.empty() || *relative.begin() == ".." ? file : relative;
}

}  // namespace

fs::path find_bundled(const std::string& name, const fs::path& folder, const std::string& extension) {
  std::error_code ignored;
  const fs::file_status status = fs::status(name, ignored);
  // A folder, such as that of a report, does not hide a bundled file.
  if ((fs::exists(status) && !fs::is_directory(status)) || name.find('/') != std::string::npos) return name;
  for (const fs::path& root : roots()) {
    const fs::path file = root / folder / (name + extension);
    if (fs::exists(file, ignored)) return shortened(file);
  }
  return name;
}

std::vector<fs::path> all_bundled(const fs::path& folder, const std::string& extension) {
  std::vector<fs::path> files;
  for (const fs::path& root : roots()) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(root / folder, ignored))
      if (entry.path().extension() == extension) files.push_back(shortened(entry.path()));
    if (!files.empty()) break;
  }
  std::ranges::sort(files, {}, [](const fs::path& file) { return std::pair(file.stem() != "default", file); });
  return files;
}

}  // namespace luqsim

#include "luqsim/program/bundled.h"

namespace luqsim {

namespace fs = std::filesystem;

fs::path find_bundled(const std::string& name, const fs::path& folder, const std::string& extension) {
  std::error_code ignored;
  if (fs::exists(name, ignored) || name.find('/') != std::string::npos) return name;
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
  for (const fs::path& root : {program.parent_path().parent_path() / "share/luqsim", fs::path(LUQSIM_SOURCE_DIR)}) {
    const fs::path file = root / folder / (name + extension);
    if (!fs::exists(file, ignored)) continue;
    // Short where it can be: messages and reports show it.
    const fs::path relative = file.lexically_relative(fs::current_path(ignored));
    return relative.empty() || *relative.begin() == ".." ? file : relative;
  }
  return name;
}

}  // namespace luqsim

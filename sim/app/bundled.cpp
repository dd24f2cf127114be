#include "bundled.h"

namespace luqsim {
namespace {

namespace fs = std::filesystem;

fs::path find(const std::string& name, const fs::path& folder, const char* extension) {
  std::error_code ignored;
  if (fs::exists(name, ignored) || name.find('/') != std::string::npos) return name;
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
  for (const fs::path& root : {program.parent_path().parent_path() / "share/luqsim", fs::path(LUQSIM_SOURCE_DIR)}) {
    const fs::path file = root / folder / (name + extension);
    if (fs::exists(file, ignored)) return file;
  }
  return name;
}

}  // namespace

fs::path find_architecture(const std::string& name) { return find(name, "configs/arch", ".yaml"); }

fs::path find_trace(const std::string& name) {
  fs::path found = find(name, "samples", ".safetensors");
  return found == name ? find(name, "traces/samples", ".safetensors") : found;
}

}  // namespace luqsim

#include "write_file.h"

#include <cerrno>
#include <fstream>
#include <system_error>

namespace luqsim {

namespace fs = std::filesystem;

void write_file(const fs::path& path, const std::string& contents) {
  fs::path temporary = path;
  temporary += ".tmp";
  std::ofstream file(temporary, std::ios::binary);
  file << contents;
  file.close();
  if (!file) {
    const std::error_code error(errno, std::generic_category());
    std::error_code ignored;
    fs::remove(temporary, ignored);
    throw std::system_error(error, "cannot write " + path.string());
  }
  fs::rename(temporary, path);
}

}  // namespace luqsim

#include "luqsim/traces/write_file.h"

#include <cerrno>
#include <fstream>
#include <span>
#include <system_error>

#include "output_file.h"

namespace luqsim {

namespace fs = std::filesystem;

namespace {

// A file beside the path, which takes its place, must not do so where that is a device, a pipe or a link to one: as
// root it would take the place of /dev/stdout.
bool is_replaced(const fs::path& path) {
  std::error_code ignored;
  const fs::file_status status = fs::symlink_status(path, ignored);
  return !fs::exists(status) || fs::is_regular_file(status);
}

void write_through(const fs::path& path, const std::string& contents) {
  errno = 0;
  std::ofstream file(path, std::ios::binary);
  file << contents;
  file.close();
  if (!file) throw std::system_error(errno == 0 ? EIO : errno, std::generic_category(), path.string());
}

// Errors name the path that the user knows.
template <class F>
void named(const fs::path& path, F f) {
  try {
    f();
  } catch (const std::system_error& error) {
    throw std::system_error(error.code(), "cannot write " + path.string());
  }
}

}  // namespace

void write_file(const fs::path& path, const std::string& contents) {
  named(path, [&] {
    if (!is_replaced(path)) return write_through(path, contents);
    OutputFile file(path, ".tmp");
    file.append(std::as_bytes(std::span(contents)));
    file.publish(path);
  });
}

void check_writable(const fs::path& path) {
  named(path, [&] {
    if (fs::is_directory(path)) throw std::system_error(std::make_error_code(std::errc::is_a_directory));
    if (is_replaced(path)) OutputFile(path, ".tmp");
  });
}

}  // namespace luqsim

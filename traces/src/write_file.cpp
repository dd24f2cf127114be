#include "luqsim/traces/write_file.h"

#include <cerrno>
#include <span>
#include <system_error>

#include <fmt/format.h>

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

bool is_same_file(const fs::path& path, const fs::path& other) {
  std::error_code ignored;
  if (fs::exists(path, ignored)) return fs::is_regular_file(path, ignored) && fs::equivalent(path, other, ignored);
  // Neither may be there yet: a database that the command makes and reads.
  const auto whole = [&](const fs::path& p) { return fs::weakly_canonical(fs::absolute(p, ignored), ignored); };
  return whole(path) == whole(other);
}

constexpr std::size_t buffer_bytes = std::size_t{1} << 16;

void check(const std::ofstream& file) {
  if (!file) throw std::system_error(errno == 0 ? EIO : errno, std::generic_category());
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

FileWriter::FileWriter(const fs::path& path) : path_(path) {
  named(path_, [&] {
    if (is_replaced(path_)) {
      beside_ = std::make_unique<OutputFile>(path_, ".tmp");
    } else {
      errno = 0;
      through_.open(path_, std::ios::binary);
      check(through_);
    }
  });
}

FileWriter::~FileWriter() = default;

void FileWriter::add(std::string_view text) {
  text_ += text;
  if (text_.size() >= buffer_bytes) named(path_, [&] { flush(); });
}

void FileWriter::close() {
  named(path_, [&] {
    flush();
    if (beside_) return beside_->publish(path_);
    errno = 0;
    through_.close();
    check(through_);
  });
}

void FileWriter::flush() {
  if (beside_) {
    beside_->append(std::as_bytes(std::span(text_)));
  } else {
    errno = 0;
    through_ << text_ << std::flush;
    check(through_);
  }
  text_.clear();
}

void write_file(const fs::path& path, std::string_view contents) {
  FileWriter file(path);
  file.add(contents);
  file.close();
}

void check_writable(const fs::path& path) {
  named(path, [&] {
    if (fs::is_directory(path)) throw std::system_error(std::make_error_code(std::errc::is_a_directory));
    if (is_replaced(path)) OutputFile(path, ".tmp");
  });
}

void check_folder(const fs::path& path) {
  std::error_code ignored;
  if (fs::exists(path, ignored) && !fs::is_directory(path, ignored))
    throw std::system_error(std::make_error_code(std::errc::not_a_directory),
                            "cannot make the folder " + path.string());
}

void make_folder(const fs::path& path) {
  check_folder(path);
  std::error_code error;
  fs::create_directories(path, error);
  if (error) throw std::system_error(error, "cannot make the folder " + path.string());
}

void check_no_input(const fs::path& path, std::span<const fs::path> inputs) {
  if (path.empty()) return;
  for (const fs::path& input : inputs)
    if (is_same_file(path, input))
      throw std::system_error(std::make_error_code(std::errc::invalid_argument),
                              fmt::format("cannot write {}, which would replace {}, a file that the command reads",
                                          path.string(), input.string()));
}

void check_replaceable(const fs::path& path) {
  check_writable(path);
  if (!is_replaced(path))
    throw std::system_error(std::make_error_code(std::errc::operation_not_supported),
                            fmt::format("cannot replace {}, which is a pipe, a device or a link", path.string()));
}

}  // namespace luqsim

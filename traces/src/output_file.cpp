#include "output_file.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace luqsim {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t copy_bytes = std::size_t{1} << 20;

[[noreturn]] void fail(const fs::path& path, const char* action) {
  throw std::system_error(errno, std::generic_category(), fmt::format("{}: {}", path.string(), action));
}

// A system call that a signal interrupted starts again.
template <class Call>
auto retry(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

fs::path temporary_path(const fs::path& target, const char* suffix) {
  static std::atomic<unsigned> counter{0};
  fs::path path = target;
  path += fmt::format(".{}.{}{}", getpid(), counter++, suffix);
  return path;
}

void sync_directory(const fs::path& file) {
  const fs::path directory = file.has_parent_path() ? file.parent_path() : fs::path(".");
  const int descriptor = retry([&] { return open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (descriptor < 0) fail(directory, "cannot open");
  const int result = retry([&] { return fsync(descriptor); });
  const int error = errno;
  close(descriptor);
  errno = error;
  // Some network file systems have no fsync for directories.
  if (result < 0 && error != EINVAL) fail(directory, "cannot sync");
}

}  // namespace

OutputFile::OutputFile(const fs::path& target, const char* suffix) {
  // A name can be taken by the remains of a process that was killed.
  do {
    path_ = temporary_path(target, suffix);
    descriptor_ = retry([&] { return open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666); });
  } while (descriptor_ < 0 && errno == EEXIST);
  if (descriptor_ < 0) fail(path_, "cannot create");
}

OutputFile::~OutputFile() {
  unlink_now();
  close(descriptor_);
}

void OutputFile::unlink_now() noexcept {
  if (named_) unlink(path_.c_str());
  named_ = false;
}

void OutputFile::make_anonymous() { unlink_now(); }

void OutputFile::append(std::span<const std::byte> bytes) {
  std::uint64_t at = size_;
  while (!bytes.empty()) {
    const ssize_t written =
        retry([&] { return pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(at)); });
    if (written < 0) fail(path_, "cannot write");
    at += static_cast<std::uint64_t>(written);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  size_ = at;
}

void OutputFile::append(const OutputFile& from, std::uint64_t begin, std::uint64_t end) {
  std::vector<std::byte> buffer(std::min<std::uint64_t>(copy_bytes, end - begin));
  while (begin < end) {
    const std::size_t wanted = std::min<std::uint64_t>(buffer.size(), end - begin);
    const ssize_t got =
        retry([&] { return pread(from.descriptor_, buffer.data(), wanted, static_cast<off_t>(begin)); });
    if (got < 0) fail(path_, "cannot read back");
    if (got == 0) throw std::system_error(std::make_error_code(std::errc::io_error), path_.string() + ": cut short");
    append(std::span(buffer).first(static_cast<std::size_t>(got)));
    begin += static_cast<std::uint64_t>(got);
  }
}

void OutputFile::publish(const fs::path& target) {
  if (retry([&] { return fsync(descriptor_); }) < 0) fail(path_, "cannot sync");
  if (std::rename(path_.c_str(), target.c_str()) < 0) fail(target, "cannot replace");
  named_ = false;
  sync_directory(target);
}

}  // namespace luqsim

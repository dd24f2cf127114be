#include "waveforms.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>

#include <fmt/format.h>
#include <unistd.h>

#include "luqsim/traces/write_file.h"

namespace luqsim {
namespace {

// SystemC does not look whether the disk takes what it writes; what stands at the end tells.
constexpr const char* last_comment = "complete";

// After the last comment comes, at most, the time of the end.
bool is_whole(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  constexpr std::streamoff enough = 100;
  file.seekg(std::max<std::streamoff>(file.tellg() - enough, 0));
  const std::string end{std::istreambuf_iterator<char>(file), {}};
  return end.find(fmt::format("$comment\n{}\n$end\n", last_comment)) != std::string::npos && end.ends_with('\n');
}

}  // namespace

Waveforms::Waveforms(const std::filesystem::path& path) : path_(path) {
  if (path.empty()) return;
  check_replaceable(path);
  // SystemC appends ".vcd" to whatever name it is given, and only warns when it cannot write.
  const std::string name = fmt::format("{}.{}", path.string(), ::getpid());
  written_ = name + ".vcd";
  file_ = sc_core::sc_create_vcd_trace_file(name.c_str());
}

Waveforms::~Waveforms() {
  if (file_ == nullptr) return;
  sc_core::sc_close_vcd_trace_file(file_);
  std::error_code ignored;
  std::filesystem::remove(written_, ignored);
}

void Waveforms::close() {
  if (file_ == nullptr) return;
  errno = 0;
  file_->write_comment(last_comment);
  sc_core::sc_close_vcd_trace_file(file_);
  std::error_code error(errno == 0 ? EIO : errno, std::generic_category());  // if there was one
  file_ = nullptr;
  if (is_whole(written_)) std::filesystem::rename(written_, path_, error);
  if (!error) return;
  std::error_code ignored;
  std::filesystem::remove(written_, ignored);
  throw std::system_error(error, path_.string() + ": waveforms cannot be written");
}

}  // namespace luqsim

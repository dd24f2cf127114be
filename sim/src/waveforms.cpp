#include "waveforms.h"

#include <cerrno>
#include <fstream>
#include <system_error>

#include <fmt/format.h>
#include <unistd.h>

namespace luqsim {

Waveforms::Waveforms(const std::filesystem::path& path) : path_(path) {
  if (path.empty()) return;
  // SystemC appends ".vcd" to whatever name it is given, and only warns when it cannot write.
  const std::string name = fmt::format("{}.{}", path.string(), ::getpid());
  written_ = name + ".vcd";
  if (!std::ofstream(written_))
    throw std::system_error(errno, std::generic_category(), path.string() + ": waveforms cannot be written");
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
  sc_core::sc_close_vcd_trace_file(file_);
  file_ = nullptr;
  std::error_code error;
  std::filesystem::rename(written_, path_, error);
  if (!error) return;
  std::error_code ignored;
  std::filesystem::remove(written_, ignored);
  throw std::system_error(error, path_.string() + ": waveforms cannot be written");
}

}  // namespace luqsim

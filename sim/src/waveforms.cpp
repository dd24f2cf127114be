#include "waveforms.h"

#include <cerrno>
#include <fstream>
#include <system_error>

namespace luqsim {

Waveforms::Waveforms(const std::filesystem::path& path) : path_(path) {
  if (path.empty()) return;
  // SystemC only warns when it cannot write, and appends ".vcd" to whatever name it is given.
  if (!std::ofstream(path, std::ios::app))
    throw std::system_error(errno, std::generic_category(), path.string() + ": waveforms cannot be written");
  written_ = path.string() + ".vcd";
  file_ = sc_core::sc_create_vcd_trace_file(path.string().c_str());
}

Waveforms::~Waveforms() {
  if (file_ == nullptr) return;
  sc_core::sc_close_vcd_trace_file(file_);
  std::error_code ignored;
  std::filesystem::rename(written_, path_, ignored);
}

}  // namespace luqsim

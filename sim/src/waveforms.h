// A VCD file of the simulation's signals (GTKWave and others show it).
#pragma once
#include <filesystem>
#include <systemc>

namespace luqsim {

// Made before the modules that trace their signals into it, closed after them. A cycle is two time units: registers
// change in the middle of it.
class Waveforms {
 public:
  // `path`: what to write; empty: nothing. Throws std::system_error when the file cannot be written.
  explicit Waveforms(const std::filesystem::path& path);
  ~Waveforms();
  Waveforms(const Waveforms&) = delete;
  Waveforms& operator=(const Waveforms&) = delete;

  sc_core::sc_trace_file* file() const { return file_; }  // null: none

 private:
  std::filesystem::path path_, written_;
  sc_core::sc_trace_file* file_ = nullptr;
};

}  // namespace luqsim

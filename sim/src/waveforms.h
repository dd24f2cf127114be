// A VCD file of the simulation's signals (GTKWave and others show it).
#pragma once
#include <filesystem>
#include <systemc>

namespace luqsim {

// Made before the modules that trace their signals into it. A cycle is two time units: registers change in the middle
// of it. An older file of the name stays as it is until close().
class Waveforms {
 public:
  // `path`: what to write; empty: nothing. Throws std::system_error when no file can be made there.
  explicit Waveforms(const std::filesystem::path& path);
  ~Waveforms();  // without close(): removes what was written
  Waveforms(const Waveforms&) = delete;
  Waveforms& operator=(const Waveforms&) = delete;

  sc_core::sc_trace_file* file() const { return file_; }  // null: none

  // Throws std::system_error when something could not be written or the file cannot take its name.
  void close();

 private:
  std::filesystem::path path_, written_;
  sc_core::sc_trace_file* file_ = nullptr;
};

}  // namespace luqsim

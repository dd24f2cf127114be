// A timeline for https://ui.perfetto.dev and chrome://tracing, in the Trace Event Format (JSON).
#pragma once
#include <filesystem>
#include <map>
#include <string>

#include "luqsim/results/timeline.h"
#include "luqsim/traces/write_file.h"

namespace luqsim {

// Written as the simulation runs; an older file of the name stays as it is until close(). A row for each unit with what
// it did (nothing where it had nothing to do) and one for the records. Times are those of the design's clock; each span
// also carries its cycles.
class PerfettoTimeline : public TimelineSink {
 public:
  // Throws std::system_error when the file cannot be written.
  PerfettoTimeline(const std::filesystem::path& path, double clock_ghz);

  void unit_span(std::string_view unit, std::string_view activity, std::uint64_t begin, std::uint64_t end) override;
  void record_span(std::string_view record, std::uint64_t begin, std::uint64_t end) override;

  // Ends the file, which takes its name. Throws std::system_error when something could not be written.
  void close();

 private:
  void span(const std::string& row, std::string_view name, std::uint64_t begin, std::uint64_t end);

  FileWriter file_;
  double microseconds_per_cycle_;
  std::map<std::string, int, std::less<>> rows_;
};

}  // namespace luqsim

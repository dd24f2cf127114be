#include "luqsim/reports/perfetto.h"

#include <cerrno>
#include <system_error>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <unistd.h>

namespace luqsim {

namespace json = boost::json;

PerfettoTimeline::PerfettoTimeline(const std::filesystem::path& path, double clock_ghz)
    : path_(path),
      written_(fmt::format("{}.{}", path.string(), ::getpid())),
      file_(written_, std::ios::binary),
      microseconds_per_cycle_(1e-3 / clock_ghz) {
  if (!file_)
    throw std::system_error(errno, std::generic_category(), path.string() + ": the timeline cannot be written");
  file_
      << R"({"displayTimeUnit":"ns","traceEvents":[{"name":"process_name","ph":"M","pid":1,"args":{"name":"luqsim"}})";
}

PerfettoTimeline::~PerfettoTimeline() {
  std::error_code ignored;
  if (!written_.empty()) std::filesystem::remove(written_, ignored);
}

void PerfettoTimeline::close() {
  file_ << "]}\n";
  file_.close();
  if (!file_)
    throw std::system_error(errno, std::generic_category(), path_.string() + ": the timeline cannot be written");
  std::error_code error;
  std::filesystem::rename(written_, path_, error);
  if (error) throw std::system_error(error, path_.string() + ": the timeline cannot be written");
  written_.clear();
}

void PerfettoTimeline::span(const std::string& row, std::string_view name, std::uint64_t begin, std::uint64_t end) {
  const auto [at, is_new] = rows_.emplace(row, static_cast<int>(rows_.size()) + 1);
  if (is_new) {
    const json::object thread{
        {"name", "thread_name"}, {"ph", "M"}, {"pid", 1}, {"tid", at->second}, {"args", {{"name", row}}}};
    file_ << ",\n" << json::serialize(thread);
  }
  const json::object event{{"name", name},
                           {"ph", "X"},
                           {"pid", 1},
                           {"tid", at->second},
                           {"ts", static_cast<double>(begin) * microseconds_per_cycle_},
                           {"dur", static_cast<double>(end - begin) * microseconds_per_cycle_},
                           {"args", {{"begin", begin}, {"cycles", end - begin}}}};
  file_ << ",\n" << json::serialize(event);
}

void PerfettoTimeline::unit_span(std::string_view unit, std::string_view activity, std::uint64_t begin,
                                 std::uint64_t end) {
  if (activity != "none") span(std::string(unit), activity, begin, end);  // idle units are gaps
}

void PerfettoTimeline::record_span(std::string_view record, std::uint64_t begin, std::uint64_t end) {
  span("records", record, begin, end);
}

}  // namespace luqsim

#include "luqsim/reports/perfetto.h"

#include <boost/json.hpp>

namespace luqsim {

namespace json = boost::json;

PerfettoTimeline::PerfettoTimeline(const std::filesystem::path& path, double clock_ghz)
    : file_(path), microseconds_per_cycle_(1e-3 / clock_ghz) {
  file_.add(
      R"({"displayTimeUnit":"ns","traceEvents":[{"name":"process_name","ph":"M","pid":1,"args":{"name":"luqsim"}})");
}

void PerfettoTimeline::close() {
  file_.add("]}\n");
  file_.close();
}

void PerfettoTimeline::span(const std::string& row, std::string_view name, std::uint64_t begin, std::uint64_t end) {
  const auto [at, is_new] = rows_.emplace(row, static_cast<int>(rows_.size()) + 1);
  if (is_new) {
    const json::object thread{
        {"name", "thread_name"}, {"ph", "M"}, {"pid", 1}, {"tid", at->second}, {"args", {{"name", row}}}};
    file_.add(",\n" + json::serialize(thread));
  }
  const json::object event{{"name", name},
                           {"ph", "X"},
                           {"pid", 1},
                           {"tid", at->second},
                           {"ts", static_cast<double>(begin) * microseconds_per_cycle_},
                           {"dur", static_cast<double>(end - begin) * microseconds_per_cycle_},
                           {"args", {{"begin", begin}, {"cycles", end - begin}}}};
  file_.add(",\n" + json::serialize(event));
}

void PerfettoTimeline::unit_span(std::string_view unit, std::string_view activity, std::uint64_t begin,
                                 std::uint64_t end) {
  if (activity != "none") span(std::string(unit), activity, begin, end);  // idle units are gaps
}

void PerfettoTimeline::record_span(std::string_view record, std::uint64_t begin, std::uint64_t end) {
  span("records", record, begin, end);
}

}  // namespace luqsim

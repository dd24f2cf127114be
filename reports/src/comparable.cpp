#include "comparable.h"

#include <filesystem>
#include <tuple>

#include <fmt/format.h>

#include "luqsim/input/shown.h"
#include "luqsim/reports/comparison.h"

namespace luqsim {
namespace {

[[noreturn]] void refuse(const RunResult& r, const std::string& key, const std::string& value,
                         const std::string& wanted) {
  throw ResultsError(
      fmt::format("{}: {}: {}; wanted {}, as the first design has: results are compared only where it is "
                  "the same",
                  r.architecture, key, shown(value), shown(wanted)));
}

void check_same(const RunResult& r, const std::string& key, const std::string& value, const std::string& wanted) {
  if (value != wanted) refuse(r, key, value.empty() ? "empty" : value, wanted.empty() ? "empty" : wanted);
}

// The folder does not count: results may have been made elsewhere.
std::string trace_name(const RunResult& r) { return std::filesystem::path(r.trace_file).filename().string(); }

std::string record_text(const RecordResult& r) {
  return fmt::format("{} ({}, {} x {} x {}, step {}, {} samples)", r.id, r.pass, r.m, r.n, r.k, r.step, r.samples);
}

void check_same_trace(const RunResult& first, const RunResult& r) {
  check_same(r, "trace", trace_name(r), trace_name(first));
  for (const auto& [key, value] : first.provenance) {
    const auto found = r.provenance.find(key);
    check_same(r, "provenance." + key, found == r.provenance.end() ? "" : found->second, value);
  }
  check_same(r, "trace_digest", r.trace_digest, first.trace_digest);
  check_same(r, "records", std::to_string(r.records.size()), std::to_string(first.records.size()));
  for (std::size_t i = 0; i < r.records.size(); ++i) {
    // Samples are a design's choice where the trace has no codes.
    const RecordResult &a = r.records[i], &b = first.records[i];
    if (std::tie(a.id, a.pass, a.m, a.n, a.k, a.step) != std::tie(b.id, b.pass, b.m, b.n, b.k, b.step))
      refuse(r, fmt::format("record {}", i), record_text(a), record_text(b));
  }
}

}  // namespace

void check_comparable(const std::vector<RunResult>& results) {
  if (results.empty()) throw ResultsError("results: none; wanted those of at least one design");
  const RunResult& first = results.front();
  for (const RunResult& r : results) {
    check_same(r, "schema", r.schema, first.schema);
    check_same(r, "tool_version", r.tool_version, first.tool_version);
    check_same(r, "compat", r.compat, first.compat);
    check_same_trace(first, r);
  }
}

}  // namespace luqsim

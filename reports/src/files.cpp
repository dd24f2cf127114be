#include <algorithm>
#include <system_error>

#include <fmt/format.h>

#include "luqsim/reports/report.h"
#include "luqsim/traces/write_file.h"

namespace luqsim {
namespace {

namespace fs = std::filesystem;

// RFC 4180: names from a trace may hold commas and quotes.
std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string q = "\"";
  for (const char c : text) q.append(c == '"' ? 2 : 1, c);
  return q + '"';
}

std::string records_csv(const RunResult& result) {
  std::string csv =
      "id,layer,step,pass,m,n,k,samples,macs,active_macs,cycles,quantize_cycles,dram_read_bytes,dram_write_bytes,"
      "quantize_read_bytes,quantize_write_bytes,compute_bound_cycles,dram_bound_cycles,a_zero_fraction,b_zero_fraction,"
      "overflows,steps,skipped_steps,idle_group_cycles,tensors,exact_tensors,first_inexact_k,max_ulp,mean_ulp,snr_db";
  const std::vector<UnitResult> no_units;
  const auto& units = result.records.empty() ? no_units : result.records.front().units;
  for (const UnitResult& unit : units)
    for (const auto& [activity, cycles] : unit.cycles) csv += fmt::format(",{}_{}", unit.unit, activity);
  csv += "\n";
  for (const RecordResult& r : result.records) {
    const auto exact = std::ranges::count(r.checks, 0U, &TensorCheck::mismatches);
    csv += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}",
                       quoted(r.id), quoted(r.layer), r.step, r.pass, r.m, r.n, r.k, r.samples, r.macs, r.active_macs,
                       r.cycles, r.quantize_cycles, r.dram_read_bytes, r.dram_write_bytes, r.quantize_read_bytes,
                       r.quantize_write_bytes, r.compute_bound_cycles, r.dram_bound_cycles, r.a_zero_fraction,
                       r.b_zero_fraction, r.overflows, r.steps, r.skipped_steps, r.idle_group_cycles, r.checks.size(),
                       exact, r.first_inexact_k, r.output_errors.max_ulp, r.output_errors.mean_ulp,
                       r.output_errors.snr_db ? fmt::format("{}", *r.output_errors.snr_db) : "");
    for (const UnitResult& unit : r.units)
      for (const auto& [activity, cycles] : unit.cycles) csv += fmt::format(",{}", cycles);
    csv += "\n";
  }
  return csv;
}

}  // namespace

std::vector<fs::path> report_files(const fs::path& folder) { return {folder / "results.json", folder / "records.csv"}; }

void write_report(const RunResult& result, const fs::path& folder) {
  make_folder(folder);
  const std::vector<fs::path> files = report_files(folder);
  write_file(files[0], results_json(result) + "\n");
  write_file(files[1], records_csv(result));
}

}  // namespace luqsim

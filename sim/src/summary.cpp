#include "summary.h"

#include <algorithm>

#include "luqsim/traces/record.h"

namespace luqsim {
namespace {

void add(const RecordResult& record, Summary& s) {
  ++s.records;
  s.macs += record.macs;
  s.cycles += record.cycles;
  s.quantize_cycles += record.quantize_cycles;
  s.dram_read_bytes += record.dram_read_bytes;
  s.dram_write_bytes += record.dram_write_bytes;
  s.tensors += record.checks.size();
  s.exact_tensors += static_cast<std::uint64_t>(
      std::ranges::count_if(record.checks, [](const TensorCheck& check) { return check.mismatches == 0; }));
  const auto array = std::ranges::find(record.units, "array", &UnitResult::unit);
  for (const auto& [activity, cycles] : array->cycles) s.array_cycles[activity] += cycles;
}

void finish(const RunResult& result, Summary& s) {
  if (s.cycles == 0) return;
  const double macs_per_cycle = static_cast<double>(s.macs) / static_cast<double>(s.cycles);
  s.utilization = macs_per_cycle / static_cast<double>(result.macs_per_cycle);
  s.tera_ops = 2 * macs_per_cycle * result.clock_ghz * 1e-3;
}

}  // namespace

void summarize(RunResult& result) {
  result.total.name = "total";
  for (const RecordResult& record : result.records) add(record, result.total);
  finish(result, result.total);
  for (const std::string_view pass : EnumNames<Pass>::names) {
    Summary s;
    s.name = pass;
    for (const RecordResult& record : result.records)
      if (record.pass == pass) add(record, s);
    finish(result, s);
    if (s.records > 0) result.passes.push_back(std::move(s));
  }
}

}  // namespace luqsim

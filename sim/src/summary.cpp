#include "summary.h"

#include <algorithm>
#include <map>

#include "luqsim/traces/record.h"

#include "counts.h"

namespace luqsim {
namespace {

void add(const RecordResult& record, Summary& s) {
  const auto count = [&record](std::uint64_t& sum, std::uint64_t value) {
    sum = count_sum(sum, value, "records up to " + record.id);
  };
  ++s.records;
  count(s.macs, record.macs);
  count(s.useful_macs, record.m * record.n * record.k);  // at most macs
  count(s.active_macs, record.active_macs);
  count(s.cycles, record.cycles);
  count(s.quantize_cycles, record.quantize_cycles);
  count(s.dram_read_bytes, record.dram_read_bytes);
  count(s.dram_write_bytes, record.dram_write_bytes);
  count(s.compute_bound_cycles, record.compute_bound_cycles);
  count(s.dram_bound_cycles, record.dram_bound_cycles);
  count(s.bound_cycles, std::max(record.compute_bound_cycles, record.dram_bound_cycles));
  for (const auto& [part, picojoules] : record.energy) s.energy[part] += picojoules;
  s.tensors += record.checks.size();
  s.exact_tensors += static_cast<std::uint64_t>(
      std::ranges::count_if(record.checks, [](const TensorCheck& check) { return check.mismatches == 0; }));
  for (const UnitResult& unit : record.units) {
    auto sum = std::ranges::find(s.units, unit.unit, &UnitResult::unit);
    if (sum == s.units.end()) sum = s.units.insert(sum, {unit.unit, {}});
    for (const auto& [activity, cycles] : unit.cycles) count(sum->cycles[activity], cycles);
  }
}

void finish(const RunResult& result, Summary& s) {
  if (s.cycles == 0) return;
  const auto per_cycle = [&s](std::uint64_t macs) { return static_cast<double>(macs) / static_cast<double>(s.cycles); };
  s.utilization = per_cycle(s.macs) / static_cast<double>(result.macs_per_cycle);
  s.tera_ops = 2 * per_cycle(s.useful_macs) * result.clock_ghz * 1e-3;
  s.bound_ratio = static_cast<double>(s.bound_cycles) / static_cast<double>(s.cycles);
}

// One summary for each value of `key`, in the order in which the values appear.
std::vector<Summary> summaries(const RunResult& result, std::string RecordResult::*key) {
  std::vector<Summary> found;
  std::map<std::string, std::size_t> index;
  for (const RecordResult& record : result.records) {
    const auto [at, is_new] = index.emplace(record.*key, found.size());
    if (is_new) found.emplace_back().name = record.*key;
    add(record, found[at->second]);
  }
  for (Summary& s : found) finish(result, s);
  return found;
}

}  // namespace

void summarize(RunResult& result) {
  result.total.name = "total";
  for (const RecordResult& record : result.records) add(record, result.total);
  finish(result, result.total);
  result.passes = summaries(result, &RecordResult::pass);
  std::ranges::sort(result.passes, {}, [](const Summary& s) { return from_name<Pass>(s.name); });
  result.layers = summaries(result, &RecordResult::layer);
}

}  // namespace luqsim

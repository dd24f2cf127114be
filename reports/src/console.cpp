#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

#include "luqsim/reports/report.h"

#include "totals.h"

namespace luqsim {
namespace {

constexpr std::size_t mismatches_shown = 5;

// What is known of where a trace comes from.
std::string provenance(const RunResult& r) {
  const auto part = [&](const char* key, const char* format) {
    const auto found = r.provenance.find(key);
    return found == r.provenance.end() || found->second.empty() ? "" : fmt::format(fmt::runtime(format), found->second);
  };
  const std::string device = part("device", " ({})");
  return part("network", ", {}") + part("dataset", " on {}") +
         (device.empty() ? part("kernels", ", {}") : part("backend", ", recorded on {}") + device) +
         part("date", ", {}");
}

std::string header(const RunResult& r) {
  const char* compat = r.compat == "none" ? "" : "cycles as SCALE-Sim v3 counts them: no memory, no quantizers\n";
  return fmt::format("luqsim {}: {} at {} GHz, {} MACs a cycle\n{}trace: {}{}\n\n", r.tool_version, r.architecture,
                     r.clock_ghz, r.macs_per_cycle, compat, r.trace_file, provenance(r));
}

std::string table_row(const Summary& s) {
  return fmt::format("{:8}{:>8}{:>10}{:>10}{:>11}{:>8.1f}%{:>9.4f}{:>10}B{:>10}B\n", s.name, s.records,
                     si(static_cast<double>(s.macs)), si(static_cast<double>(s.cycles)),
                     si(static_cast<double>(s.quantize_cycles)), 100 * s.utilization, s.tera_ops,
                     si(static_cast<double>(s.dram_read_bytes)), si(static_cast<double>(s.dram_write_bytes)));
}

std::string pass_table(const RunResult& r) {
  std::string text = fmt::format("{:8}{:>8}{:>10}{:>10}{:>11}{:>9}{:>9}{:>11}{:>11}\n", "pass", "records", "MACs",
                                 "cycles", "quantizing", "utiliz.", "TOPS", "read", "written");
  for (const Summary& pass : r.passes) text += table_row(pass);
  return text + table_row(r.total);
}

double percent(std::uint64_t part, std::uint64_t whole) {
  return 100 * static_cast<double>(part) / static_cast<double>(std::max<std::uint64_t>(1, whole));
}

std::string array_cycles(const Summary& s) {
  const auto activities = array_activities(s);
  if (activities.empty()) return "";
  std::vector<std::pair<std::string, std::uint64_t>> parts(activities.begin(), activities.end());
  std::ranges::stable_sort(parts, std::greater{}, &std::pair<std::string, std::uint64_t>::second);
  std::string text = "array cycles ";
  for (const auto& [activity, cycles] : parts) text += fmt::format(" {} {:.1f}%", activity, percent(cycles, s.cycles));
  return text + "\n";
}

std::string roofline(const Summary& s) {
  return fmt::format("roofline      {:.1f}% of the cycles are needed: compute {}cycles, DRAM {}cycles\n",
                     100 * s.bound_ratio, si(static_cast<double>(s.compute_bound_cycles)),
                     si(static_cast<double>(s.dram_bound_cycles)));
}

std::string zeros(const RunResult& r) {
  if (r.total.active_macs == 0) return "";
  std::uint64_t steps = 0, skipped = 0;
  for (const RecordResult& record : r.records) {
    steps += record.steps;
    skipped += record.skipped_steps;
  }
  std::string text = fmt::format("zeros         {:.1f}% of the MACs have a zero operand",
                                 percent(r.total.macs - r.total.active_macs, r.total.macs));
  if (skipped > 0) text += fmt::format("; {:.1f}% of the groups' steps skipped", percent(skipped, steps));
  return text + "\n";
}

std::string area(const RunResult& r) {
  const double total = total_gates(r);
  std::string text = fmt::format("area proxy    {}GE (NAND2 equivalents):", si(total));
  for (const AreaResult& item : r.area) text += fmt::format(" {} {:.0f}%", item.part, 100 * item.gates / total);
  return text + "\n";
}

std::string energy(const Summary& s) {
  const double total = total_picojoules(s.energy);
  if (total == 0) return "";
  std::vector<std::pair<std::string, double>> parts(s.energy.begin(), s.energy.end());
  std::ranges::stable_sort(parts, std::greater{}, &std::pair<std::string, double>::second);
  std::string text = fmt::format("energy proxy  {}J, {:.3g} pJ a MAC (45 nm):", si(total * 1e-12),
                                 total / static_cast<double>(s.useful_macs));
  for (const auto& [part, picojoules] : parts) text += fmt::format(" {} {:.0f}%", part, 100 * picojoules / total);
  return text + "\n";
}

std::string agreement(const RunResult& r) {
  const Summary& s = r.total;
  if (r.compat != "none") return "agreement     nothing is computed with compat scalesim\n";
  if (s.tensors == 0)
    return "agreement     nothing to compare, of a trace of shapes or in other formats than the trace's: timing only\n";
  std::string text = fmt::format("agreement     {} of {} tensors bit-exact (operand codes, scales, outputs)\n",
                                 s.exact_tensors, s.tensors);
  std::size_t shown = 0;
  for (const RecordResult& record : r.records)
    for (const TensorCheck& check : record.checks)
      if (check.mismatches > 0 && shown++ < mismatches_shown)
        text += fmt::format("  mismatch    record {}, {}: {} of {} differ; {}\n", record.id, check.tensor,
                            check.mismatches, check.elements, check.first_mismatch);
  if (shown > mismatches_shown) text += fmt::format("  and {} more tensors\n", shown - mismatches_shown);
  return text;
}

}  // namespace

std::string grouped(std::uint64_t value) {
  const std::string digits = std::to_string(value);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

std::string si(double value) {
  constexpr std::array<std::string_view, 11> prefixes{" p", " n", " u", " m", " ", " k", " M", " G", " T", " P", " E"};
  std::size_t i = 4;
  for (; std::fabs(value) >= 999.5 && i + 1 < prefixes.size(); ++i) value /= 1000;
  for (; value != 0 && std::fabs(value) < 0.9995 && i > 0; --i) value *= 1000;
  const bool whole = i == 4 && value == std::floor(value);
  return fmt::format("{:.{}f}{}", value, whole || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2, prefixes[i]);
}

std::string console_summary(const RunResult& r) {
  const double seconds = static_cast<double>(r.total.cycles) / (r.clock_ghz * 1e9);
  return header(r) + pass_table(r) +
         fmt::format("\ntime          {:.4g} ms for {} cycles at {} GHz; {:.4f} effective TOPS\n", seconds * 1e3,
                     r.total.cycles, r.clock_ghz, r.total.tera_ops) +
         array_cycles(r.total) + roofline(r.total) + zeros(r) + area(r) + energy(r.total) + agreement(r);
}

}  // namespace luqsim

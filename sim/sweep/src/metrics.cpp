#include "metrics.h"

#include <algorithm>

#include "luqsim/arch/area.h"

namespace luqsim::sweep {
namespace {

double ratio(double part, double whole) { return whole == 0 ? 0 : part / whole; }

}  // namespace

MetricValues design_metrics(const Architecture& a) {
  MetricValues values;
  const auto set = [&](Metric metric, double value) { values[static_cast<std::size_t>(metric)] = value; };
  const double gates = total_gates(a);
  set(Metric::macs_per_cycle, static_cast<double>(a.array.macs_per_cycle()));
  set(Metric::area_ge, gates);
  set(Metric::area_mm2, gates * technologies().at(0).square_micrometers_per_gate * 1e-6);
  set(Metric::area_mm2_7nm, gates * technologies().at(1).square_micrometers_per_gate * 1e-6);
  return values;
}

MetricValues run_metrics(const Architecture& a, const RunResult& result) {
  MetricValues values = design_metrics(a);
  const auto set = [&](Metric metric, double value) { values[static_cast<std::size_t>(metric)] = value; };
  const Summary& s = result.total;
  const auto cycles = static_cast<double>(s.cycles);
  double energy = 0;
  for (const auto& [part, picojoules] : s.energy) energy += picojoules;
  set(Metric::cycles, cycles);
  set(Metric::quantize_cycles, static_cast<double>(s.quantize_cycles));
  set(Metric::time_ms, cycles / (a.clock_ghz * 1e6));
  set(Metric::macs, static_cast<double>(s.macs));
  set(Metric::active_macs, static_cast<double>(s.active_macs));
  set(Metric::tera_ops, s.tera_ops);
  set(Metric::utilization, s.utilization);
  set(Metric::bound_ratio, s.bound_ratio);
  set(Metric::energy_pj, energy);
  set(Metric::pj_per_mac, ratio(energy, static_cast<double>(s.useful_macs)));
  set(Metric::dram_read_bytes, static_cast<double>(s.dram_read_bytes));
  set(Metric::dram_write_bytes, static_cast<double>(s.dram_write_bytes));
  set(Metric::dram_bytes, static_cast<double>(s.dram_read_bytes + s.dram_write_bytes));
  set(Metric::tensors, static_cast<double>(s.tensors));
  set(Metric::exact_tensors, static_cast<double>(s.exact_tensors));
  set(Metric::inexact_tensors, static_cast<double>(s.tensors - s.exact_tensors));
  const auto array = std::ranges::find(s.units, "array", &UnitResult::unit);
  constexpr std::string_view prefix = "array_";
  for (std::size_t i = static_cast<std::size_t>(Metric::array_busy); i < metric_count; ++i) {
    values[i] = 0;
    if (array == s.units.end()) continue;
    const std::string activity(EnumNames<Metric>::names[i].substr(prefix.size()));
    const auto found = array->cycles.find(activity);
    if (found != array->cycles.end()) values[i] = ratio(static_cast<double>(found->second), cycles);
  }
  return values;
}

}  // namespace luqsim::sweep

#include "totals.h"

#include <algorithm>

namespace luqsim {

std::map<std::string, std::uint64_t> array_activities(const Summary& summary) {
  const auto array = std::ranges::find(summary.units, "array", &UnitResult::unit);
  std::map<std::string, std::uint64_t> activities;
  if (array != summary.units.end())
    for (const auto& [activity, cycles] : array->cycles)
      if (cycles > 0) activities.emplace(activity, cycles);
  return activities;
}

double total_gates(const RunResult& result) {
  double total = 0;
  for (const AreaResult& item : result.area) total += item.gates;
  return total;
}

double total_picojoules(const std::map<std::string, double>& energy) {
  double total = 0;
  for (const auto& [part, picojoules] : energy) total += picojoules;
  return total;
}

}  // namespace luqsim

#include "luqsim/reports/comparison.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "comparable.h"
#include "totals.h"
#include "why.h"

namespace luqsim {
namespace {

std::string unique_name(const std::vector<RunResult>& results, std::size_t i) {
  const std::string& name = results[i].architecture;
  const auto before = results.begin() + static_cast<std::ptrdiff_t>(i);
  const auto earlier = std::ranges::count(results.begin(), before, name, &RunResult::architecture);
  return earlier == 0 ? name : fmt::format("{} ({})", name, earlier + 1);
}

double area_of(const RunResult& r) {
  const auto found = r.square_millimeters.find("28 nm");
  return found == r.square_millimeters.end() ? 0 : found->second;
}

Figure ratio(double numerator, double denominator) {
  const bool known = denominator > 0;
  return {.value = known ? numerator / denominator : 0, .known = known};
}

Verdict verdict_of(const RunResult& r, double first_area) {
  const Summary& s = r.total;
  const double energy = total_picojoules(s.energy);
  Verdict v;
  v.tera_ops.value = s.tera_ops;
  v.square_millimeters = area_of(r);
  v.tera_ops_per_mm2 = ratio(s.tera_ops, v.square_millimeters);
  v.iso_area_tera_ops = ratio(s.tera_ops * first_area, v.square_millimeters);
  v.picojoules_per_mac = ratio(energy, static_cast<double>(s.useful_macs));
  v.picojoules_per_mac.known = energy > 0 && s.useful_macs > 0;
  v.utilization.value = s.utilization;
  v.cycles.value = static_cast<double>(s.cycles);
  v.tensors = s.tensors;
  v.mismatching_tensors = {.value = static_cast<double>(s.tensors - std::min(s.tensors, s.exact_tensors)),
                           .known = s.tensors > 0};
  v.milliseconds = r.clock_ghz > 0 ? static_cast<double>(s.cycles) / (r.clock_ghz * 1e6) : 0;
  return v;
}

bool more_is_better(Figure Verdict::*figure) {
  return figure != &Verdict::picojoules_per_mac && figure != &Verdict::cycles &&
         figure != &Verdict::mismatching_tensors;
}

void mark_best(std::vector<Verdict>& verdicts, Figure Verdict::*figure) {
  std::vector<double> known;
  for (const Verdict& v : verdicts)
    if ((v.*figure).known) known.push_back((v.*figure).value);
  if (known.empty()) return;
  const auto [least, most] = std::ranges::minmax(known);
  if (least == most) return;
  const double best = more_is_better(figure) ? most : least;
  for (Verdict& v : verdicts) (v.*figure).best = (v.*figure).known && (v.*figure).value == best;
}

bool dominates(const Verdict& a, const Verdict& b) {
  return a.square_millimeters <= b.square_millimeters && a.milliseconds <= b.milliseconds &&
         (a.square_millimeters < b.square_millimeters || a.milliseconds < b.milliseconds);
}

}  // namespace

Comparison compare(const std::vector<RunResult>& results) {
  check_comparable(results);
  Comparison c;
  for (std::size_t i = 0; i < results.size(); ++i) {
    c.verdicts.push_back(verdict_of(results[i], area_of(results.front())));
    c.verdicts.back().design = unique_name(results, i);
  }
  for (Figure Verdict::*figure : verdict_figures) mark_best(c.verdicts, figure);
  for (Verdict& v : c.verdicts)
    v.on_front = std::ranges::none_of(c.verdicts, [&](const Verdict& other) { return dominates(other, v); });
  c.sentence = why_sentence(results, c.verdicts);
  return c;
}

}  // namespace luqsim

#include "why.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "totals.h"

namespace luqsim {
namespace {

using Parts = std::map<std::string, double>;

// Closer than this is the same: figures are shown to three digits.
constexpr double tie = 0.0005;

Parts array_cycles(const RunResult& r) {
  Parts parts;
  for (const auto& [activity, cycles] : array_activities(r.total)) parts[activity] = static_cast<double>(cycles);
  return parts;
}

Parts area_parts(const RunResult& r) {
  Parts parts;
  for (const AreaResult& item : r.area) parts[item.part] = item.gates;
  return parts;
}

// The part that grows most from `less` to `more`; empty when none does.
std::string most_of_difference(const Parts& less, const Parts& more) {
  std::string name;
  double most = 0;
  for (const auto& [part, value] : more) {
    const auto found = less.find(part);
    const double difference = value - (found == less.end() ? 0 : found->second);
    if (difference > most) std::tie(most, name) = std::pair(difference, part);
  }
  return name;
}

std::string activity_text(const std::string& activity) {
  if (activity == "busy") return "feeding operands";
  if (activity == "none") return "having nothing to do";
  if (activity == "statistics") return "the quantizer's statistics";
  std::string text = "waiting for ";
  for (const char c : activity == "buffer_full" ? "room_in_the_output_buffer" : activity) text += c == '_' ? ' ' : c;
  return text;
}

std::string exactness(const Verdict& v) {
  if (!v.mismatching_tensors.known) return "with no tensors to compare";
  if (v.exact()) return "bit-exact";
  return fmt::format("with {} of {} tensors not bit-exact", v.mismatching_tensors.value, v.tensors);
}

// By how much `loser` loses, taken apart: its throughput is as much lower as its time is longer.
std::string why_it_loses(const RunResult& winner, const Verdict& w, const RunResult& loser, const Verdict& l) {
  const double cycles = l.cycles.value / w.cycles.value, clock = winner.clock_ghz / loser.clock_ghz;
  const double area = l.square_millimeters / w.square_millimeters;
  const double most = std::max({cycles, clock, area});
  std::string text;
  if (l.tera_ops_per_mm2.value > (1 + tie) * w.tera_ops_per_mm2.value) {
    text = fmt::format("{} has {:.3g} times its throughput for the area", l.design,
                       l.tera_ops_per_mm2.value / w.tera_ops_per_mm2.value);
  } else if (!(most > 1 + tie)) {
    text = fmt::format("{} is as good for its area", l.design);
  } else if (most == area) {
    const std::string part = most_of_difference(area_parts(winner), area_parts(loser));
    text = fmt::format("{} needs {:.3g} times the area{}", l.design, area,
                       part.empty() ? "" : ", for " + part + " above all");
  } else if (most == cycles) {
    const std::string activity = most_of_difference(array_cycles(winner), array_cycles(loser));
    text = fmt::format("{} takes {:.3g} times the cycles{}", l.design, cycles,
                       activity.empty() ? "" : ", for " + activity_text(activity) + " above all");
  } else {
    text = fmt::format("{} has {:.3g} times the clock period", l.design, clock);
  }
  if (w.exact() && !l.exact() && l.mismatching_tensors.known)
    text += fmt::format(", {} {} of its {} tensors differ",
                        l.tera_ops_per_mm2.value < w.tera_ops_per_mm2.value ? "and" : "but",
                        l.mismatching_tensors.value, l.tensors);
  return text;
}

std::string about_one(const RunResult& r, const Verdict& v) {
  const Parts cycles = array_cycles(r);
  const auto longest = std::ranges::max_element(cycles, {}, &Parts::value_type::second);
  std::string text = fmt::format("{} runs the trace in {:.4g} ms at {:.3g} effective TOPS, {}", v.design,
                                 v.milliseconds, v.tera_ops.value, exactness(v));
  if (longest != cycles.end() && v.cycles.value > 0)
    text += fmt::format("; the largest part of the array's cycles, {:.0f}%, goes to {}",
                        100 * longest->second / v.cycles.value, activity_text(longest->first));
  return text + ".";
}

}  // namespace

std::string why_sentence(const std::vector<RunResult>& results, const std::vector<Verdict>& verdicts) {
  if (verdicts.size() == 1) return about_one(results.front(), verdicts.front());
  const auto score = [](const Verdict& v) { return v.tera_ops_per_mm2.known ? v.tera_ops_per_mm2.value : 0; };
  const bool any_exact = std::ranges::any_of(verdicts, &Verdict::exact);
  std::size_t winner = verdicts.size();
  for (std::size_t i = 0; i < verdicts.size(); ++i)
    if ((!any_exact || verdicts[i].exact()) &&
        (winner == verdicts.size() || score(verdicts[i]) > score(verdicts[winner])))
      winner = i;
  const Verdict& w = verdicts[winner];
  std::string ties, losers;
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    if (i == winner) continue;
    const bool as_good = w.exact() == verdicts[i].exact() && score(verdicts[i]) > (1 - tie) * score(w);
    if (as_good)
      ties += " and " + verdicts[i].design;
    else
      losers += "; " + why_it_loses(results[winner], w, results[i], verdicts[i]);
  }
  return fmt::format("{}{} with {:.3g} TOPS/mm2 (28 nm proxy), {}{}.", w.design, ties.empty() ? " wins" : ties + " tie",
                     score(w), exactness(w), losers);
}

}  // namespace luqsim

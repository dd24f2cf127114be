#include "luqsim/sweep/view.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "luqsim/input/shown.h"

#include "database.h"

namespace luqsim::sweep {
namespace {

double value(const PointRow& row, Metric metric) { return row.metrics[static_cast<std::size_t>(metric)].value_or(0); }

// True when `a` is no worse in every objective and better in one.
bool beats(const PointRow& a, const PointRow& b, const std::vector<Objective>& objectives) {
  bool better = false;
  for (const Objective& o : objectives) {
    const double sign = o.maximize ? -1 : 1;
    const double of_a = sign * value(a, o.metric), of_b = sign * value(b, o.metric);
    if (of_a > of_b) return false;
    better = better || of_a < of_b;
  }
  return better;
}

// Whole, whatever its length: a database may come from somebody else.
std::string line_text(const std::string& text) { return shown(text, text.size()); }

std::string number(std::optional<double> value) {
  if (!value) return "";
  return *value == std::floor(*value) && std::fabs(*value) < 1e15 ? fmt::format("{:.0f}", *value)
                                                                  : fmt::format("{:.4g}", *value);
}

std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string q = "\"";
  for (const char c : text) q.append(c == '"' ? 2 : 1, c);
  return q + '"';
}

// Keys in the order in which they first appear.
std::vector<std::string> keys_of(const SweepView& view) {
  std::vector<std::string> keys;
  std::set<std::string> seen;
  for (const PointRow& row : view.rows)
    for (const auto& [key, setting] : row.settings)
      if (seen.insert(key).second) keys.push_back(key);
  return keys;
}

std::string setting(const PointRow& row, const std::string& key) {
  const auto found = std::ranges::find(row.settings, key, &std::pair<std::string, std::string>::first);
  return found == row.settings.end() ? "" : found->second;
}

// Columns as wide as what stands in them, to the right but for the first `left`.
std::string table(const std::vector<std::vector<std::string>>& lines, std::size_t left) {
  std::vector<std::size_t> widths(lines.front().size());
  for (const auto& line : lines)
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
  std::string text;
  for (const auto& line : lines) {
    std::string row;
    for (std::size_t i = 0; i < line.size(); ++i)
      row += i < left ? fmt::format("{:<{}}  ", line[i], widths[i]) : fmt::format("{:>{}}  ", line[i], widths[i]);
    row.erase(row.find_last_not_of(' ') + 1);
    text += row + "\n";
  }
  return text;
}

std::vector<Metric> shown_metrics(const SweepView& view) {
  std::vector<Metric> metrics = view.metrics;
  for (const Objective& o : view.objectives)
    if (std::ranges::find(metrics, o.metric) == metrics.end()) metrics.push_back(o.metric);
  return metrics;
}

}  // namespace

SweepView read_view(const std::filesystem::path& database) { return Database(database, Database::Mode::read).view(); }

std::vector<std::size_t> pareto_points(const SweepView& view) {
  // In the order of the first objective only points before (or equal there) can beat a point, and of those only the
  // Pareto points have to be asked.
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < view.rows.size(); ++i)
    if (view.rows[i].status == "ok") order.push_back(i);
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
    for (const Objective& o : view.objectives) {
      const double of_a = value(view.rows[a], o.metric), of_b = value(view.rows[b], o.metric);
      if (of_a != of_b) return o.maximize ? of_a > of_b : of_a < of_b;
    }
    return false;
  });
  std::vector<std::size_t> found;
  for (const std::size_t candidate : order) {
    const PointRow& row = view.rows[candidate];
    if (std::ranges::none_of(found, [&](std::size_t other) {
          return view.rows[other].workload == row.workload && beats(view.rows[other], row, view.objectives);
        }))
      found.push_back(candidate);
  }
  return found;
}

std::string pareto_text(const SweepView& view) {
  const auto points = pareto_points(view);
  const auto keys = keys_of(view);
  const auto metrics = shown_metrics(view);
  std::vector<std::string> workloads;
  for (const PointRow& row : view.rows)
    if (std::ranges::find(workloads, row.workload) == workloads.end()) workloads.push_back(row.workload);
  std::string text;
  for (const std::string& workload : workloads) {
    std::vector<std::vector<std::string>> lines(1);
    for (const std::string& key : keys) lines[0].push_back(line_text(key));
    for (const Metric metric : metrics) lines[0].emplace_back(name_of(metric));
    const auto count = [&](const char* status) {
      return std::ranges::count_if(
          view.rows, [&](const PointRow& row) { return row.workload == workload && row.status == status; });
    };
    for (const std::size_t i : points) {
      if (view.rows[i].workload != workload) continue;
      std::vector<std::string>& line = lines.emplace_back();
      for (const std::string& key : keys) line.push_back(line_text(setting(view.rows[i], key)));
      for (const Metric metric : metrics)
        line.push_back(number(view.rows[i].metrics[static_cast<std::size_t>(metric)]));
    }
    text += fmt::format("{}{}: {} of {} points are Pareto points (", text.empty() ? "" : "\n", line_text(workload),
                        lines.size() - 1, count("ok"));
    for (std::size_t i = 0; i < view.objectives.size(); ++i)
      text += fmt::format("{}{} {}", i == 0 ? "" : ", ", view.objectives[i].maximize ? "max" : "min",
                          name_of(view.objectives[i].metric));
    text += ")";
    if (const auto missing = count("missing"); missing > 0) text += fmt::format("; {} more have not run", missing);
    text += '\n';
    if (lines.size() > 1) text += table(lines, keys.size());
  }
  return text;
}

std::string csv_text(const SweepView& view) {
  const auto keys = keys_of(view);
  const auto points = pareto_points(view);
  const std::set<std::size_t> pareto(points.begin(), points.end());
  std::string csv = "workload";
  for (const std::string& key : keys) csv.append(",").append(quoted(key));
  csv += ",status,message,pareto";
  for (const std::string_view name : EnumNames<Metric>::names) csv.append(",").append(name);
  csv += "\n";
  for (std::size_t i = 0; i < view.rows.size(); ++i) {
    const PointRow& row = view.rows[i];
    csv += quoted(row.workload);
    for (const std::string& key : keys) csv.append(",").append(quoted(setting(row, key)));
    csv += fmt::format(",{},{},{}", quoted(row.status), quoted(row.message), pareto.contains(i) ? 1 : 0);
    for (const auto& metric : row.metrics) csv += metric ? fmt::format(",{}", *metric) : ",";
    csv += "\n";
  }
  return csv;
}

}  // namespace luqsim::sweep

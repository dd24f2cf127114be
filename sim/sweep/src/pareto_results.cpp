#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "luqsim/reports/comparison.h"
#include "luqsim/sweep/sweep.h"
#include "luqsim/sweep/view.h"

#include "database.h"

namespace luqsim::sweep {
namespace {

std::string the_workload(const SweepView& view, const std::string& asked, const std::string& file) {
  std::set<std::string> names;
  for (const PointRow& row : view.rows) names.insert(row.workload);
  if (asked.empty() && names.size() == 1) return *names.begin();
  if (!names.contains(asked))
    throw SweepError(fmt::format("{}: workload: {}; wanted one of: {}", file, asked.empty() ? "not given" : asked,
                                 fmt::join(names, "; ")));
  return asked;
}

// "array.rows=32 array.cols=64": the settings in which the points are not all the same.
std::string design_name(const PointRow& row, const std::vector<const PointRow*>& points) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < row.settings.size(); ++i)
    if (std::ranges::any_of(points, [&](const PointRow* other) { return other->settings[i] != row.settings[i]; }))
      parts.push_back(row.settings[i].first + "=" + row.settings[i].second);
  return fmt::format("{}", fmt::join(parts, " "));
}

}  // namespace

std::vector<RunResult> pareto_results(const std::filesystem::path& file, const std::string& asked) {
  Database database(file, Database::Mode::read);
  const SweepView view = database.view();
  const std::string workload = the_workload(view, asked, file.string());
  std::vector<const PointRow*> points;
  for (const std::size_t i : pareto_points(view))
    if (view.rows[i].workload == workload) points.push_back(&view.rows[i]);
  if (points.empty()) throw SweepError(fmt::format("{}: no point of {} has run; wanted one", file.string(), workload));
  std::vector<RunResult> results;
  for (const PointRow* point : points) {
    results.push_back(
        parse_results(database.results(point->key), fmt::format("{}, point {}", file.string(), point->key)));
    if (points.size() > 1) results.back().architecture = design_name(*point, points);
  }
  return results;
}

}  // namespace luqsim::sweep

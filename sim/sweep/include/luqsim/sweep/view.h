// What a database of a sweep says: Pareto points for people, everything as CSV.
#pragma once
#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "luqsim/arch/sweep_file.h"
#include "luqsim/results/results.h"

namespace luqsim::sweep {

using MetricValues = std::array<std::optional<double>, metric_count>;

// A point as its sweep names it, with what is known of it.
struct PointRow {
  std::vector<std::pair<std::string, std::string>> settings;  // key and value
  std::string key, workload, status, message;                 // status: "missing" when it has not run
  MetricValues metrics;
};

struct SweepView {
  std::vector<PointRow> rows;
  std::vector<Metric> metrics;
  std::vector<Objective> objectives;
};

// The last sweep that was run on the database. Throws SweepError; never writes.
SweepView read_view(const std::filesystem::path& database);

// Indices of the points with status ok that no other one of the same workload beats: no worse in every objective and
// better in one. Points that are equal in all objectives all stay.
std::vector<std::size_t> pareto_points(const SweepView& view);

// The results of the Pareto points of a workload, named by the settings in which they differ. An empty workload: the
// only one of the sweep. Throws SweepError.
std::vector<RunResult> pareto_results(const std::filesystem::path& database, const std::string& workload);

// A table for each workload.
std::string pareto_text(const SweepView& view);

// All points and all metrics (RFC 4180).
std::string csv_text(const SweepView& view);

}  // namespace luqsim::sweep

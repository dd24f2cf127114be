#include "luqsim/sweep/sweep.h"

#include <set>

#include <fmt/format.h>

#include "luqsim/import/import.h"
#include "luqsim/sweep/ranks.h"

#include "database.h"
#include "key.h"
#include "metrics.h"
#include "task.h"
#include "words.h"
#include "worker_pool.h"

namespace luqsim::sweep {
namespace {

// A design on a workload.
struct Planned {
  std::string key;
  Design design;
  SweepPoint settings;
  std::size_t workload = 0;
};

// Every point once: the first of equal ones.
std::vector<Planned> plan(const SweepFile& sweep, const SweepOptions& options) {
  const BaseDesign base(options.base, options.find_design);
  std::vector<std::string> digests;
  for (const ResolvedWorkload& w : options.workloads) {
    open_workload(w.file, w.workload.batch, w.workload.passes);  // what no point could open is an error of the sweep
    digests.push_back(workload_digest(w));
  }
  std::vector<Planned> points;
  std::set<std::string> seen;
  for (const SweepPoint& point : expand(sweep)) {
    const Design design = base.with(point);
    for (std::size_t w = 0; w < digests.size(); ++w) {
      Planned planned{point_key(design.text, digests[w]), design, point, w};
      if (seen.insert(planned.key).second) points.push_back(std::move(planned));
    }
  }
  return points;
}

// "area_mm2 <= 2: 3.1"; empty when all hold that can be judged from these values.
std::string violated(const std::vector<Constraint>& constraints, const MetricValues& metrics) {
  for (const Constraint& c : constraints)
    if (const auto value = metrics[static_cast<std::size_t>(c.metric)]; value && !c.holds(*value))
      return fmt::format("{}: {}", c.text, *value);
  return "";
}

class Sweep {
 public:
  Sweep(const SweepFile& sweep, const SweepOptions& options)
      : sweep_(sweep),
        options_(options),
        points_(plan(sweep, options)),
        database_(options.database, Database::Mode::create) {
    std::vector<SweepLine> lines;
    for (const Planned& p : points_) lines.push_back({p.key, settings_json(p.settings), workload_of(p)});
    database_.set_sweep(lines, words(sweep.metrics), words(sweep.objectives));
    counts_.points = points_.size();
  }

  // Writes what needs no simulation; returns what does.
  std::vector<Task> prepare() {
    std::vector<Task> tasks;
    for (std::size_t i = 0; i < points_.size(); ++i)
      if (needs_simulation(points_[i])) tasks.push_back(task(i));
    return tasks;
  }

  void run(Ranks& ranks) {
    const std::vector<Task> tasks = prepare();
    WorkerPool pool(options_.worker, options_.jobs);
    const auto interrupted = [&] { return counts_.interrupted = options_.interrupted && options_.interrupted(); };
    ranks.run(
        tasks, pool,
        [&](const Outcome& outcome) {
          take(outcome);
          if (options_.progress) options_.progress(++counts_.run, tasks.size());
        },
        interrupted);
  }

  const SweepCounts& counts() const { return counts_; }

 private:
  std::string workload_of(const Planned& point) const {
    return workload_text(options_.workloads[point.workload].workload);
  }

  StoredPoint row(const Planned& point) const {
    return {.key = point.key, .design = point.design.text, .workload = workload_of(point), .metrics = {}};
  }

  void count(const std::string& status, bool crashed) {
    counts_.errors += status == "error" ? 1 : 0;
    counts_.constrained += status == "constraint" ? 1 : 0;
    counts_.crashed += crashed ? 1 : 0;
  }

  bool needs_simulation(const Planned& point) {
    const auto stored = database_.find(point.key);
    if (stored && stored->simulated) {
      judge(point.key, *stored);
      return false;
    }
    if (stored && stored->status == "error" && !stored->crashed) {
      ++counts_.done_before;
      count("error", false);
      return false;
    }
    StoredPoint row = this->row(point);
    if (!point.design.architecture) {
      row.status = "error";
      row.message = point.design.refusal;
    } else {
      row.metrics = design_metrics(*point.design.architecture);
      row.message = violated(sweep_.constraints, row.metrics);
      if (row.message.empty()) return true;
      row.status = "constraint";
    }
    if (stored && stored->status == row.status && stored->message == row.message)
      ++counts_.done_before;
    else
      database_.put(row);
    count(row.status, false);
    return false;
  }

  // This sweep's constraints may not be those under which the point ran.
  void judge(const std::string& key, const PointState& stored) {
    ++counts_.done_before;
    const std::string message = violated(sweep_.constraints, stored.metrics);
    const std::string status = message.empty() ? "ok" : "constraint";
    if (stored.status != status || stored.message != message) database_.set_status(key, status, message);
    count(status, false);
  }

  Task task(std::size_t number) const {
    const Planned& point = points_[number];
    const ResolvedWorkload& w = options_.workloads[point.workload];
    return {number, point.design.text, options_.base.string(), w.file.string(), w.workload.batch, w.workload.passes};
  }

  void take(const Outcome& outcome) {
    StoredPoint row = this->row(points_.at(outcome.number));
    row.crashed = outcome.crashed;
    if (!outcome.error.empty()) {
      row.status = "error";
      row.message = outcome.error;
      row.metrics = design_metrics(*points_[outcome.number].design.architecture);
    } else {
      row.metrics = outcome.metrics;
      row.results = outcome.results;
      row.message = violated(sweep_.constraints, row.metrics);
      row.status = row.message.empty() ? "ok" : "constraint";
    }
    database_.put(row);
    count(row.status, row.crashed);
  }

  const SweepFile& sweep_;
  const SweepOptions& options_;
  std::vector<Planned> points_;
  Database database_;
  SweepCounts counts_;
};

}  // namespace

SweepCounts run_sweep(const SweepFile& sweep, const SweepOptions& options, Ranks& ranks) {
  Sweep running(sweep, options);
  running.run(ranks);
  return running.counts();
}

}  // namespace luqsim::sweep

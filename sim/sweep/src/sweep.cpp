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

// A design on a workload, by their places in the sweep: a design of every point would not fit in memory.
struct Planned {
  std::string key;
  std::size_t settings = 0, workload = 0;
};

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
        base_(options.base, options.find_design),
        settings_(expand(sweep)),
        points_(plan()),
        database_(options.database, Database::Mode::create) {
    std::vector<SweepLine> lines;
    for (const Planned& p : points_) lines.push_back({p.key, settings_json(settings_[p.settings]), workload_of(p)});
    database_.set_sweep(lines, words(sweep.metrics), words(sweep.objectives));
    counts_.points = points_.size();
  }

  // Writes what needs no simulation; returns the numbers of the points that do.
  std::vector<std::size_t> prepare() {
    std::vector<std::size_t> numbers;
    for (std::size_t i = 0; i < points_.size(); ++i)
      if (needs_simulation(points_[i])) numbers.push_back(i);
    return numbers;
  }

  void run(Ranks& ranks) {
    const std::vector<std::size_t> numbers = prepare();
    WorkerPool pool(options_.worker, options_.jobs);
    const auto interrupted = [&] { return counts_.interrupted = options_.interrupted && options_.interrupted(); };
    ranks.run(
        numbers.size(), [&](std::size_t i) { return task(numbers[i]); }, pool,
        [&](const Outcome& outcome) {
          take(outcome);
          if (options_.progress) options_.progress(++counts_.run, numbers.size());
        },
        interrupted);
  }

  const SweepCounts& counts() const { return counts_; }

 private:
  // Every point once: the first of equal ones.
  std::vector<Planned> plan() const {
    std::vector<std::string> digests;
    for (const ResolvedWorkload& w : options_.workloads) {
      open_workload(w.file, w.workload.batch, w.workload.passes);  // what no point could open is an error of the sweep
      digests.push_back(workload_digest(w));
    }
    std::vector<Planned> points;
    std::set<std::string> seen;
    for (std::size_t i = 0; i < settings_.size(); ++i) {
      const std::string design = base_.with(settings_[i]).text;
      for (std::size_t w = 0; w < digests.size(); ++w) {
        Planned planned{point_key(design, digests[w]), i, w};
        if (seen.insert(planned.key).second) points.push_back(std::move(planned));
      }
    }
    return points;
  }

  Design design_of(const Planned& point) const { return base_.with(settings_[point.settings]); }

  std::string workload_of(const Planned& point) const {
    return workload_text(options_.workloads[point.workload].workload);
  }

  StoredPoint row(const Planned& point, const Design& design) const {
    return {.key = point.key, .design = design.text, .workload = workload_of(point), .metrics = {}};
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
    const Design design = design_of(point);
    StoredPoint row = this->row(point, design);
    if (!design.architecture) {
      row.status = "error";
      row.message = design.refusal;
    } else {
      row.metrics = design_metrics(*design.architecture);
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
    return {number,          design_of(point).text, options_.base.string(),
            w.file.string(), w.workload.batch,      w.workload.passes};
  }

  void take(const Outcome& outcome) {
    const Design design = design_of(points_.at(outcome.number));
    StoredPoint row = this->row(points_[outcome.number], design);
    row.crashed = outcome.crashed;
    if (!outcome.error.empty()) {
      row.status = "error";
      row.message = outcome.error;
      row.metrics = design_metrics(*design.architecture);
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
  const BaseDesign base_;
  const std::vector<SweepPoint> settings_;
  const std::vector<Planned> points_;
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

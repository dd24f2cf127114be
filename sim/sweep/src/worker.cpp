#include <csignal>

#include <sys/prctl.h>
#include <unistd.h>

#include "luqsim/import/import.h"
#include "luqsim/reports/report.h"
#include "luqsim/sim/simulate.h"
#include "luqsim/sweep/sweep.h"

#include "frame.h"
#include "metrics.h"
#include "task.h"

namespace luqsim::sweep {
namespace {

// The workload of the last point: mostly that of the next one, too.
class OpenWorkload {
 public:
  const Trace& of(const Task& task) {
    if (!trace_ || task.file != file_ || task.batch != batch_ || task.passes != passes_) {
      trace_.reset();
      trace_ = open_workload(task.file, task.batch, task.passes);
      file_ = task.file;
      batch_ = task.batch;
      passes_ = task.passes;
    }
    return *trace_;
  }

 private:
  std::string file_;
  std::uint32_t batch_ = 0;
  std::vector<std::string> passes_;
  std::optional<Trace> trace_;
};

Outcome run_point(const Task& task, OpenWorkload& workload) {
  Outcome outcome{.number = task.number};
  try {
    const Architecture architecture = from_canonical_text(task.design);
    RunResult result = simulate(architecture, workload.of(task));
    result.architecture_file = task.base;
    outcome.metrics = run_metrics(architecture, result);
    outcome.results = results_json(result);
  } catch (const std::bad_alloc&) {
    throw;  // of this machine at this time, not of the point: the process ends
  } catch (const std::exception& e) {
    outcome.error = e.what();
  }
  return outcome;
}

}  // namespace

void serve_points() {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // no simulation for a sweep that was killed
  OpenWorkload workload;
  while (const auto message = receive_frame(STDIN_FILENO)) {
    const Outcome outcome = run_point(task_of(*message), workload);
    if (!send_frame(STDIN_FILENO, to_text(outcome))) return;
    if (!outcome.error.empty()) return;  // SystemC's kernel may be left in a bad state
  }
}

}  // namespace luqsim::sweep

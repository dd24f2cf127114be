#include <algorithm>
#include <memory>
#include <thread>

#include <fmt/format.h>

#include "luqsim/program/interrupts.h"
#include "luqsim/program/progress_bar.h"
#include "luqsim/sweep/ranks.h"
#include "luqsim/sweep/sweep.h"
#include "luqsim/sweep/view.h"
#include "luqsim/traces/write_file.h"

#include "commands.h"
#include "workload.h"

namespace luqsim {
namespace {

namespace fs = std::filesystem;

constexpr const char* worker_command = "sweep-worker";

struct SweepCommandOptions {
  std::string file, database = "sweep.sqlite", csv, show;
  unsigned jobs = std::max(1U, std::thread::hardware_concurrency());
};

// A file beside the sweep's; otherwise what `luqsim run` would take.
fs::path beside(const fs::path& sweep, const std::string& name) {
  const fs::path file = sweep.parent_path() / name;
  return fs::is_regular_file(file) ? file : fs::path();
}

sweep::SweepOptions resolve(const SweepFile& sweep, const fs::path& file, const SweepCommandOptions& o) {
  sweep::SweepOptions options;
  options.base = beside(file, sweep.base);
  if (options.base.empty()) options.base = find_design(sweep.base);
  options.find_design = find_design;
  for (const SweepWorkload& workload : sweep.workloads) {
    const fs::path found = beside(file, workload.name);
    options.workloads.push_back({workload, found.empty() ? find_trace(workload.name) : found});
  }
  options.database = o.database;
  options.jobs = o.jobs;
  options.interrupted = Interrupts::requested;
  return options;
}

void check_table(const SweepCommandOptions& o, const fs::path& file, const sweep::SweepOptions& options) {
  if (o.csv.empty()) return;
  check_writable(o.csv);
  std::vector<fs::path> inputs{file, options.base, options.database};
  for (const auto& workload : options.workloads) inputs.push_back(workload.file);
  check_no_input(o.csv, inputs);
}

void show(const SweepCommandOptions& o, const std::string& database) {
  check_no_input(o.csv, std::vector<fs::path>{database});
  const sweep::SweepView view = sweep::read_view(database);
  fmt::print("{}", sweep::pareto_text(view));
  if (o.csv.empty()) return;
  write_file(o.csv, sweep::csv_text(view));
}

int run(const SweepCommandOptions& o) {
  if (!o.show.empty()) {
    show(o, o.show);
    return exit_ok;
  }
  const std::vector<std::string> worker{fs::read_symlink("/proc/self/exe").string(), worker_command};
  sweep::Ranks ranks;
  if (!ranks.is_first()) {
    ranks.serve(worker, o.jobs);
    return exit_ok;
  }
  const fs::path file = find_sweep(o.file);
  const SweepFile sweep = read_sweep_file(file);
  sweep::SweepOptions options = resolve(sweep, file, o);
  check_table(o, file, options);
  sweep::SweepCounts counts;
  {
    const Interrupts interrupts;
    ProgressBar bar;
    options.worker = worker;
    options.progress = [&bar](std::size_t done, std::size_t total) { bar.show(done, total, "points"); };
    counts = run_sweep(sweep, options, ranks);
  }
  if (counts.interrupted) {
    fmt::print(stderr, "luqsim: interrupted: {} of {} points are in {}; the same command runs the others\n",
               counts.done_before + counts.run, counts.points, o.database);
    return exit_interrupted;
  }
  fmt::print("{} points: {} run, {} done before; {} errors, {} outside the constraints\n\n", counts.points, counts.run,
             counts.done_before, counts.errors, counts.constrained);
  show(o, o.database);
  fmt::print("\ndatabase      {}\n", o.database);
  if (counts.crashed == 0) return exit_ok;
  fmt::print(stderr, "luqsim: {} points ended their process; the same command tries them again\n", counts.crashed);
  return exit_internal;
}

}  // namespace

void add_sweep_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<SweepCommandOptions>();
  CLI::App* command = app.add_subcommand("sweep", "Run many designs and keep the best");
  auto* file = command->add_option("SWEEP", options->file, "Sweep YAML, or the name of a bundled one");
  command->add_option("-o,--output", options->database, "Database; points that it has are not run again")
      ->capture_default_str();
  command->add_option("--jobs", options->jobs, "Points at a time (with MPI: of each rank)")
      ->check(CLI::Range(1U, 4096U))
      ->capture_default_str();
  command->add_option("--csv", options->csv, "Also write all points and metrics to this file");
  auto* shown = command->add_option("--show", options->show, "Only print what this database has");
  shown->excludes(file);
  command->footer(
      "Exit status: 0 all points done, 2 bad input, 3 a point's process ended, 130 interrupted.\n"
      "Example: luqsim sweep array-sizes -o sweep.sqlite --csv sweep.csv");
  command->callback([options, file, shown, &exit_code] {
    if (file->count() + shown->count() == 0) throw CLI::RequiredError("SWEEP or --show");
    exit_code = run(*options);
  });
  app.add_subcommand(worker_command, "Runs points of a sweep for another process")->group("")->callback([] {
    sweep::serve_points();
  });
}

}  // namespace luqsim

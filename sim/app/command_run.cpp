#include <memory>
#include <optional>

#include <fmt/format.h>

#include "luqsim/reports/perfetto.h"
#include "luqsim/reports/report.h"
#include "luqsim/sim/simulate.h"
#include "luqsim/traces/write_file.h"

#include "command_line.h"
#include "commands.h"
#include "page_options.h"
#include "simulation_progress.h"
#include "workload.h"

namespace luqsim {
namespace {

struct RunOptions {
  std::string architecture = default_architecture;
  WorkloadOptions workload;
  std::vector<std::string> overrides;
  PageOptions page;
  std::string fidelity = "wave", timeline, waveforms;
  bool json = false;
};

void check_outputs(const RunOptions& options, const std::vector<std::filesystem::path>& inputs) {
  options.page.check(inputs);
  std::vector<std::filesystem::path> outputs = report_files(options.page.folder);
  outputs.insert(outputs.end(), {options.timeline, options.waveforms});
  for (const std::filesystem::path& output : outputs) check_no_input(output, inputs);
}

int run(const RunOptions& options, const std::string& command_line) {
  const auto file = find_design(options.architecture);
  const Architecture architecture = load_architecture(file, options.overrides, find_design);
  const Trace trace = options.workload.open();
  check_outputs(options, {file, options.workload.file()});
  RunResult result;
  {
    SimulationProgress progress("nothing is written");
    std::optional<PerfettoTimeline> timeline;
    if (!options.timeline.empty()) timeline.emplace(options.timeline, architecture.clock_ghz);
    result = simulate(architecture, trace,
                      {.fidelity = *from_name<Fidelity>(options.fidelity),
                       .timeline = timeline ? &*timeline : nullptr,
                       .waveforms = options.waveforms,
                       .progress = [&](std::size_t done, std::size_t total) { progress.show(done, total); }});
    if (timeline) timeline->close();
  }
  result.architecture_file = file.string();
  result.command = command_line;
  write_report(result, options.page.folder);
  options.page.write({result}, {.date = page_date()});
  if (options.json) {
    fmt::print("{}\n", results_json(result));
  } else {
    fmt::print("{}report        {}/: index.html, results.json, records.csv\n", console_summary(result),
               options.page.folder);
  }
  return result.total.exact_tensors == result.total.tensors ? exit_ok : exit_mismatch;
}

}  // namespace

void add_run_command(CLI::App& app, const std::string& command_line, int& exit_code) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command = app.add_subcommand("run", "Run a trace through the cycle model of a design");
  command->add_option("ARCH", options->architecture, "Architecture YAML, or the name of a bundled design")
      ->capture_default_str();
  options->workload.add_to(*command);
  command->add_option("--set", options->overrides, "Replace a key of the architecture: array.rows=64")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  options->page.add_to(*command, "index.html, results.json and records.csv");
  command
      ->add_option("--fidelity", options->fidelity,
                   "wave: the array by wavefronts; pe: every PE with its registers, for small arrays (same results)")
      ->check(
          CLI::IsMember(std::vector<std::string>{EnumNames<Fidelity>::names.begin(), EnumNames<Fidelity>::names.end()}))
      ->capture_default_str();
  command->add_option("--timeline", options->timeline, "Write what each unit did when, for https://ui.perfetto.dev");
  command->add_option("--vcd", options->waveforms, "Write waveforms of the SystemC model, for GTKWave (small runs)");
  command->add_flag("--json", options->json, "Print the results as JSON");
  command->footer(
      "Exit status: 0 all tensors bit-exact, 1 a mismatch, 2 bad input, 3 internal error, 130 interrupted.\n"
      "Example: luqsim run mf-bprop-fp16 my-run.safetensors --set array.rows=64");
  command->callback([options, command_line, &exit_code] { exit_code = run(*options, command_line); });
}

}  // namespace luqsim

#include <algorithm>
#include <memory>
#include <set>
#include <span>

#include <fmt/format.h>

#include "luqsim/arch/area.h"
#include "luqsim/arch/iso_area.h"
#include "luqsim/reports/report.h"
#include "luqsim/sim/simulate.h"
#include "luqsim/sweep/view.h"
#include "luqsim/traces/write_file.h"

#include "command_line.h"
#include "commands.h"
#include "page_options.h"
#include "simulation_progress.h"
#include "workload.h"

namespace luqsim {
namespace {

namespace fs = std::filesystem;

struct CompareOptions {
  std::vector<std::string> architectures;
  WorkloadOptions workload;
  std::vector<std::string> overrides;
  std::string from, from_workload;  // a database of a sweep in place of designs
  PageOptions page;
  bool iso_area = false, json = false;
};

struct Design {
  fs::path file;
  Architecture architecture;
};

// All are read before the first is simulated: a mistake in the last one shows at once.
std::vector<Design> load_designs(const CompareOptions& options) {
  std::vector<fs::path> files;
  for (const std::string& name : options.architectures) files.push_back(find_design(name));
  if (files.empty()) files = all_bundled("configs/arch", ".yaml");
  std::vector<Design> designs;
  for (const fs::path& file : files) designs.push_back({file, load_architecture(file, options.overrides, find_design)});
  if (options.iso_area)
    for (Design& design : std::span(designs).subspan(1))
      design.architecture = fitted_to_area(design.architecture, total_gates(designs.front().architecture));
  return designs;
}

// A folder name that any file system takes, and none of `taken`.
std::string folder_name(const std::string& design, std::set<std::string>& taken) {
  std::string name;
  for (const char c : design) {
    const bool plain =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
    name += plain || (c == '.' && !name.empty()) ? c : '_';
  }
  name.resize(std::min<std::size_t>(name.size(), 100));
  std::string unique = name;
  for (int i = 2; !taken.insert(unique).second; ++i) unique = fmt::format("{}-{}", name, i);
  return unique;
}

// Results are written as they come: what is finished stays when the rest is interrupted.
class ResultFolders {
 public:
  explicit ResultFolders(fs::path folder) : folder_(std::move(folder)) {}
  void add(RunResult result) {
    write_report(result, folder_ / folder_name(result.architecture, taken_));
    results.push_back(std::move(result));
  }

  std::vector<RunResult> results;

 private:
  fs::path folder_;
  std::set<std::string> taken_;
};

void check_outputs(const CompareOptions& options, const std::vector<Design>& designs) {
  std::vector<fs::path> inputs{options.workload.file()};
  for (const Design& design : designs) inputs.push_back(design.file);
  options.page.check(inputs);
  std::set<std::string> taken;
  for (const Design& design : designs)
    for (const fs::path& output :
         report_files(options.page.folder / fs::path(folder_name(design.architecture.name, taken))))
      check_no_input(output, inputs);
}

void simulate_designs(const CompareOptions& options, const std::string& command_line, ResultFolders& folders) {
  const std::vector<Design> designs = load_designs(options);
  const Trace trace = options.workload.open();
  check_outputs(options, designs);
  SimulationProgress progress("nothing is written");
  for (const Design& design : designs) {
    const std::size_t before = folders.results.size() * trace.records().size();
    const std::size_t all = designs.size() * trace.records().size();
    RunResult result =
        simulate(design.architecture, trace,
                 {.progress = [&](std::size_t done, std::size_t) { progress.show(before + done, all); }});
    result.architecture_file = design.file.string();
    result.command = command_line;
    folders.add(std::move(result));
    progress.leaves(fmt::format("{} of {} designs are finished and in {}", folders.results.size(), designs.size(),
                                options.page.folder));
  }
}

void compare_designs(const CompareOptions& options, const std::string& command_line) {
  ResultFolders folders(options.page.folder);
  if (options.from.empty()) {
    simulate_designs(options, command_line, folders);
  } else {
    options.page.check({options.from});
    for (RunResult& result : sweep::pareto_results(options.from, options.from_workload)) folders.add(std::move(result));
  }
  const Comparison comparison = compare(folders.results);
  options.page.write(folders.results, {.command = command_line, .date = page_date()});
  if (options.json)
    fmt::print("{}\n", comparison_json(comparison));
  else
    fmt::print("{}report  {}/index.html; results.json and records.csv in a folder for each design\n",
               console_summary(comparison), options.page.folder);
}

}  // namespace

void add_compare_command(CLI::App& app, const std::string& command_line) {
  auto options = std::make_shared<CompareOptions>();
  CLI::App* command = app.add_subcommand("compare", "Run a trace through several designs and compare them on a page");
  command->add_option("ARCH", options->architectures,
                      "Architecture YAML files, or names of bundled designs; all bundled ones unless given");
  options->workload.add_to(*command, "--trace");
  command->add_option("--set", options->overrides, "Replace a key of all the architectures: array.rows=64")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  command->add_flag("--iso-area", options->iso_area,
                    "Give the other designs the largest arrays that fit the area of the first");
  auto* from = command->add_option("--from", options->from, "Instead: the Pareto points of this database of a sweep");
  for (const char* other : {"ARCH", "--trace", "--batch", "--passes", "--set", "--iso-area"})
    from->excludes(command->get_option(other));
  command->add_option("--workload", options->from_workload, "Of the sweep, where it has several")->needs(from);
  options->page.add_to(*command, "index.html and the results of each design");
  command->add_flag("--json", options->json, "Print the comparison as JSON");
  command->footer(
      "Areas are compared with that of the first design. Exit status: 0 also where tensors are not bit-exact (the "
      "page\n"
      "says which), 2 bad input, 3 internal error.\n"
      "Example: luqsim compare default mf-bprop-fp16 my-design.yaml --trace digits-cnn -o report\n"
      "         luqsim compare --from sweep.sqlite");
  command->callback([options, command_line] { compare_designs(*options, command_line); });
}

}  // namespace luqsim

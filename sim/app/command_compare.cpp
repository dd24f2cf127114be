#include <algorithm>
#include <memory>
#include <set>

#include <fmt/format.h>

#include "luqsim/program/progress_bar.h"
#include "luqsim/reports/page.h"
#include "luqsim/reports/report.h"
#include "luqsim/sim/simulate.h"

#include "command_line.h"
#include "commands.h"
#include "workload.h"

namespace luqsim {
namespace {

namespace fs = std::filesystem;

struct CompareOptions {
  std::vector<std::string> architectures;
  WorkloadOptions workload;
  std::vector<std::string> overrides;
  std::string folder = "luqsim-report";
};

struct Design {
  fs::path file;
  Architecture architecture;
};

// All are read before the first is simulated: a mistake in the last one shows at once.
std::vector<Design> load_designs(const CompareOptions& options) {
  std::vector<fs::path> files;
  for (const std::string& name : options.architectures) files.push_back(find_bundled(name, "configs/arch", ".yaml"));
  if (files.empty()) files = all_bundled("configs/arch", ".yaml");
  std::vector<Design> designs;
  for (const fs::path& file : files) designs.push_back({file, load_architecture(file, options.overrides)});
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

void compare_designs(const CompareOptions& options, const std::string& command_line) {
  const std::vector<Design> designs = load_designs(options);
  const Trace trace = options.workload.open();
  std::vector<RunResult> results;
  {
    ProgressBar bar;
    for (const Design& design : designs) {
      const std::size_t before = results.size() * trace.records().size();
      const std::size_t all = designs.size() * trace.records().size();
      results.push_back(simulate(design.architecture, trace, {.progress = [&](std::size_t done, std::size_t) {
                                   bar.show(before + done, all, "records");
                                 }}));
      results.back().architecture_file = design.file.string();
      results.back().command = command_line;
    }
  }
  const Comparison comparison = compare(results);
  std::set<std::string> folders;
  for (const RunResult& result : results)
    write_report(result, fs::path(options.folder) / folder_name(result.architecture, folders));
  write_page(results, {.date = page_date()}, options.folder);
  fmt::print("{}report  {}/index.html; results.json and records.csv in a folder for each design\n",
             console_summary(comparison), options.folder);
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
  command->add_option("-o,--output", options->folder, "Folder for index.html and the results of each design")
      ->capture_default_str();
  command->footer(
      "Areas are compared with that of the first design. Exit status: 0 also where tensors are not bit-exact (the "
      "page\n"
      "says which), 2 bad input, 3 internal error.\n"
      "Example: luqsim compare default mf-bprop-fp16 my-design.yaml --trace digits-cnn -o report");
  command->callback([options, command_line] { compare_designs(*options, command_line); });
}

}  // namespace luqsim

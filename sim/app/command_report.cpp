#include <memory>

#include <fmt/format.h>

#include "luqsim/reports/comparison.h"
#include "luqsim/reports/report.h"

#include "command_line.h"
#include "commands.h"
#include "page_options.h"

namespace luqsim {
namespace {

struct ReportOptions {
  std::vector<std::string> results;
  PageOptions page;
};

void make_report(const ReportOptions& options, const std::string& command_line) {
  options.page.check({options.results.begin(), options.results.end()});
  std::vector<RunResult> results;
  for (const std::string& path : options.results) results.push_back(read_results(path));
  const Comparison comparison = compare(results);
  options.page.write(results, {.command = command_line, .date = page_date()});
  fmt::print("{}report  {}/index.html\n", console_summary(comparison), options.page.folder);
}

}  // namespace

void add_report_command(CLI::App& app, const std::string& command_line) {
  auto options = std::make_shared<ReportOptions>();
  CLI::App* command = app.add_subcommand("report", "Make the page again from results.json files");
  command->add_option("RESULTS", options->results, "results.json files of one trace and tool version")->required();
  options->page.add_to(*command, "index.html");
  command->footer(
      "Exit status: 0 done, 2 results that cannot be compared, or bad input.\n"
      "Example: luqsim report a/results.json b/results.json -o report");
  command->callback([options, command_line] { make_report(*options, command_line); });
}

}  // namespace luqsim

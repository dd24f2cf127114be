#include <algorithm>
#include <memory>
#include <thread>

#include <fmt/format.h>

#include "luqsim/reports/validation.h"
#include "luqsim/traces/trace.h"
#include "luqsim/traces/write_file.h"
#include "luqsim/validate/validate.h"

#include "commands.h"

namespace luqsim {
namespace {

struct ValidateCommandOptions {
  std::string trace, junit;
  int threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  bool diagnose = false, json = false;
};

int run(const ValidateCommandOptions& o) {
  const Trace trace = Trace::open(find_recorded_trace(o.trace));
  check_no_input(o.junit, std::vector{trace.path()});
  std::vector<ValidatedRecord> records;
  validate(trace, {o.threads}, [&](RecordReport report) {
    ValidatedRecord record{std::move(report), {}};
    if (o.diagnose && record.report.mismatches() > 0)
      record.diagnoses = diagnose(trace, trace.records()[records.size()], record.report, {o.threads});
    if (!o.json) fmt::print("{}", record_text(record));
    records.push_back(std::move(record));
  });
  if (o.json)
    fmt::print("{}\n", validation_json(trace.path().string(), records));
  else
    fmt::print("{}", validation_summary(records));
  if (!o.junit.empty()) write_junit(o.junit, trace.path().string(), records);
  const bool differs = std::ranges::any_of(records, [](const ValidatedRecord& r) { return r.report.mismatches() > 0; });
  return differs ? exit_mismatch : exit_ok;
}

}  // namespace

void add_validate_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<ValidateCommandOptions>();
  CLI::App* command = app.add_subcommand("validate", "Recompute a trace from its sources, bit for bit");
  command->add_option("TRACE", options->trace, "Trace: a file, or a bundled one by name")->required();
  command->add_flag("--diagnose", options->diagnose, "Say which mistake of a kernel explains what differs");
  command->add_flag("--json", options->json, "Print as JSON");
  command->add_option("--junit", options->junit, "Also write JUnit XML to this file, a test case a record");
  command->add_option("--threads", options->threads, "Threads; all cores unless given")->check(CLI::Range(1, 1024));
  command->footer(
      "Exit status: 0 nothing differs, 1 something differs, 2 no valid trace.\n"
      "Example: luqsim validate my-kernel.safetensors --diagnose");
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace luqsim

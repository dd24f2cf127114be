// luqsim: the command line. Wiring only; the libraries throw, and here exceptions become messages and exit codes.
#include <fmt/format.h>

#include "luqsim/arch/architecture.h"
#include "luqsim/program/guarded.h"
#include "luqsim/reports/comparison.h"
#include "luqsim/sweep/sweep.h"
#include "luqsim/traces/trace.h"

#include "command_line.h"
#include "commands.h"

namespace {

int run(int argc, char** argv) {
  CLI::App app("Cycle-level, bit-exact simulator of a 4-bit training accelerator", "luqsim");
  app.require_subcommand(0, 1);  // and see below: CLI11's own error for none does not name a word that is no command
  app.set_version_flag("--version", "luqsim " LUQSIM_VERSION, "Print the version and exit");
  app.footer(
      "luqsim COMMAND --help shows a command's options and an example.\n"
      "Exit status: 0 done, 1 a mismatch, 2 bad input or usage, 3 internal error, 130 interrupted.\n"
      "Example: luqsim run default digits-mlp");
  int exit_code = luqsim::exit_ok;
  const std::string command_line = luqsim::command_line(argc, argv);
  luqsim::add_run_command(app, command_line, exit_code);
  luqsim::add_compare_command(app, command_line);
  luqsim::add_report_command(app, command_line);
  luqsim::add_validate_command(app, exit_code);
  luqsim::add_sweep_command(app, exit_code);
  luqsim::add_inspect_command(app);
  luqsim::add_import_command(app);
  luqsim::add_area_command(app);
  luqsim::add_vectors_command(app);
  luqsim::add_list_command(app);
  app.add_subcommand("schema", "Print the JSON Schema of architecture files")
      ->footer("Example: luqsim schema > luqsim.schema.json")
      ->callback([] { fmt::print("{}\n", luqsim::architecture_schema()); });
  app.add_subcommand("version", "Print the version")->footer("Example: luqsim version")->callback([] {
    fmt::print("luqsim {}\n", LUQSIM_VERSION);
  });
  try {
    app.parse(argc, argv);
    if (app.get_subcommands().empty()) throw CLI::RequiredError("COMMAND");
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? luqsim::exit_ok : luqsim::exit_bad_input;
  }
  return exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  return luqsim::guarded<luqsim::ArchitectureError, luqsim::ResultsError, luqsim::TraceError,
                         luqsim::sweep::SweepError>("luqsim", [&] { return run(argc, argv); });
}

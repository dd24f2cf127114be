// The commands of the program. Each adds itself to the command line; its callback sets the exit code.
#pragma once
#include <CLI/CLI.hpp>

namespace luqsim {

enum ExitCode : int { exit_ok = 0, exit_mismatch = 1, exit_bad_input = 2, exit_internal = 3 };

void add_run_command(CLI::App& app, int& exit_code);
void add_inspect_command(CLI::App& app);

}  // namespace luqsim

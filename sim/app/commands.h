// The commands of the program. Each adds itself to the command line; its callback sets the exit code.
#pragma once
#include <CLI/CLI.hpp>

#include "luqsim/arch/architecture.h"
#include "luqsim/program/bundled.h"
#include "luqsim/program/exit_codes.h"

#include "bundled_names.h"

namespace luqsim {

inline constexpr const char* default_architecture = "default";

// `command_line`: as the user gave it; results and page show it.
void add_run_command(CLI::App& app, const std::string& command_line, int& exit_code);
void add_compare_command(CLI::App& app, const std::string& command_line);
void add_report_command(CLI::App& app, const std::string& command_line);
void add_inspect_command(CLI::App& app);
void add_import_command(CLI::App& app);
void add_area_command(CLI::App& app);
void add_list_command(CLI::App& app);
void add_vectors_command(CLI::App& app);
void add_validate_command(CLI::App& app, int& exit_code);
void add_sweep_command(CLI::App& app, int& exit_code);

}  // namespace luqsim

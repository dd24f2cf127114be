// Where a page goes and what is written beside it.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "luqsim/reports/page.h"

namespace luqsim {

struct PageOptions {
  std::string folder = "luqsim-report";
  bool svg = false;

  // `contents`: what the folder is for, in the help.
  void add_to(CLI::App& command, const std::string& contents);
  // Before a long run whose results it is to write. `inputs`: what the command reads. Throws std::system_error.
  void check(const std::vector<std::filesystem::path>& inputs) const;
  void write(const std::vector<RunResult>& results, const PageInfo& info) const;
};

}  // namespace luqsim

// Runs a program as a user would and keeps what it printed.
#pragma once
#include <string>

namespace luqsim::test {

struct ProgramResult {
  int exit_code = 0;  // 128 + n when signal n ended it
  std::string out, err;
};

// `command` goes to the shell, without standard input.
ProgramResult run_program(const std::string& command);

}  // namespace luqsim::test

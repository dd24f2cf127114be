// Exit codes of every program.
#pragma once

namespace luqsim {

enum ExitCode : int {
  exit_ok = 0,
  exit_mismatch = 1,
  exit_bad_input = 2,
  exit_internal = 3,
  exit_interrupted = 130  // 128 + SIGINT, as shells have it
};

}  // namespace luqsim

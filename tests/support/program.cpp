#include "program.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <sys/wait.h>
#include <unistd.h>

namespace luqsim::test {
namespace {

std::string take(const std::filesystem::path& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  std::filesystem::remove(path);
  return text.str();
}

}  // namespace

ProgramResult run_program(const std::string& command) {
  static int runs = 0;
  const auto base = std::filesystem::temp_directory_path() /
                    ("luqsim_program_" + std::to_string(::getpid()) + "_" + std::to_string(runs++));
  const std::string out = base.string() + ".out", err = base.string() + ".err";
  const int status = std::system(("(" + command + ") </dev/null >" + out + " 2>" + err).c_str());
  const int exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return {exit_code, take(out), take(err)};
}

}  // namespace luqsim::test

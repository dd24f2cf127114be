#include "program.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <sys/wait.h>

#include "temporary_folder.h"

namespace luqsim::test {
namespace {

std::string text_of(const std::filesystem::path& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

}  // namespace

ProgramResult run_program(const std::string& command) {
  const TemporaryFolder folder;
  const std::filesystem::path out = folder / "out", err = folder / "err";
  const int status = std::system(("(" + command + ") </dev/null >" + out.string() + " 2>" + err.string()).c_str());
  const int exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return {exit_code, text_of(out), text_of(err)};
}

}  // namespace luqsim::test

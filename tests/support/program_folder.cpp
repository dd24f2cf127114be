#include "program_folder.h"

#include <fstream>
#include <iterator>

namespace luqsim::test {

std::string ProgramFolder::read(const std::string& name) const {
  std::ifstream stream(file(name), std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

void ProgramFolder::write(const std::string& name, const std::string& bytes) const {
  std::ofstream(file(name), std::ios::binary) << bytes;
}

ProgramResult ProgramFolder::shell(const std::string& command) const {
  return run_program("cd " + file("") + " && " + command);
}

ProgramResult ProgramFolder::run(const std::string& arguments, const std::string& before) const {
  return shell(before + " " + program_ + " " + arguments);
}

void ProgramFolder::expect_bad_input(const std::string& arguments, const std::string& message) const {
  const ProgramResult result = run(arguments);
  EXPECT_EQ(result.exit_code, 2) << arguments << "\n" << result.err;
  EXPECT_NE(result.err.find(message), std::string::npos) << arguments << "\n" << result.err;
  EXPECT_EQ(result.out, "") << arguments;
}

}  // namespace luqsim::test

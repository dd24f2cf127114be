// A folder in which a test runs a program as a user would.
#pragma once
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "program.h"
#include "temporary_folder.h"

namespace luqsim::test {

class ProgramFolder : public testing::Test {
 protected:
  // Of the program.
  explicit ProgramFolder(std::string path) : program_(std::move(path)) {}

  std::string file(const std::string& name) const { return (folder_ / name).string(); }
  std::string read(const std::string& name) const;  // empty where there is no such file
  void write(const std::string& name, const std::string& bytes) const;

  // A command line of the shell, in the folder.
  ProgramResult shell(const std::string& command) const;
  // `before`: a launcher, an environment.
  ProgramResult run(const std::string& arguments, const std::string& before = "") const;
  // Exit status 2, `message` in what it says of the error, nothing on standard output.
  void expect_bad_input(const std::string& arguments, const std::string& message) const;

  TemporaryFolder folder_;

 private:
  std::string program_;
};

}  // namespace luqsim::test

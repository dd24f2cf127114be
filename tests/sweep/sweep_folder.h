// A folder with a small workload, in which the program sweeps.
#pragma once
#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "database_text.h"
#include "program.h"
#include "temporary_folder.h"

namespace luqsim::test {

class SweepFolder : public testing::Test {
 protected:
  void SetUp() override {
    write("tiny.yaml", "layers: [{name: one, type: gemm, m: 4, n: 5, k: 6}]\n");
    write("other.yaml", "layers: [{name: two, type: gemm, m: 40, n: 50, k: 60}]\n");
  }

  std::string file(const std::string& name) const { return (folder_ / name).string(); }
  void write(const std::string& name, const std::string& text) const { std::ofstream(file(name)) << text; }
  std::string read(const std::string& name) const {
    std::stringstream text;
    text << std::ifstream(file(name)).rdbuf();
    return text.str();
  }

  // `before`: a launcher, an environment.
  ProgramResult sweep(const std::string& arguments, const std::string& before = "") const {
    return luqsim("sweep " + arguments, before);
  }
  ProgramResult luqsim(const std::string& arguments, const std::string& before = "") const {
    return run_program("cd " + file("") + " && " + before + " " LUQSIM_PROGRAM " " + arguments);
  }
  std::string text(const std::string& database) const { return database_text(file(database)); }
  std::string query(const std::string& database, const std::string& sql) const {
    return test::query(file(database), sql);
  }

  TemporaryFolder folder_;
};

}  // namespace luqsim::test

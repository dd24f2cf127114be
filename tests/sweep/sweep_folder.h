// A folder with a small workload, in which the program sweeps.
#pragma once
#include <string>

#include "database_text.h"
#include "program_folder.h"

namespace luqsim::test {

class SweepFolder : public ProgramFolder {
 protected:
  SweepFolder() : ProgramFolder(LUQSIM_PROGRAM) {
    write("tiny.yaml", "layers: [{name: one, type: gemm, m: 4, n: 5, k: 6}]\n");
    write("other.yaml", "layers: [{name: two, type: gemm, m: 40, n: 50, k: 60}]\n");
  }

  // `before`: a launcher, an environment.
  ProgramResult sweep(const std::string& arguments, const std::string& before = "") const {
    return luqsim("sweep " + arguments, before);
  }
  ProgramResult luqsim(const std::string& arguments, const std::string& before = "") const {
    return run(arguments, before);
  }
  std::string text(const std::string& database) const { return database_text(file(database)); }
  std::string query(const std::string& database, const std::string& sql) const {
    return test::query(file(database), sql);
  }
};

}  // namespace luqsim::test

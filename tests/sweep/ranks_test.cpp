// A launcher's rank that cannot work ends the sweep, with its message; what was done stays.
#include "sweep_folder.h"

namespace luqsim::sweep {
namespace {

using test::ProgramResult;
using Ranks = test::SweepFolder;

#ifdef LUQSIM_MPI

TEST_F(Ranks, ARankThatCannotStartWorkersEndsTheSweep) {
  if (test::run_program("command -v mpirun").exit_code != 0) GTEST_SKIP() << "no mpirun";
  write("s.yaml", "base: default\nworkloads: [tiny.yaml, other.yaml]\ngrid: {array.rows: [8, 16, 32]}\n");
  // The second rank's program has no file any more when it wants to start it again.
  write("gone.sh", "cp \"$1\" copy && exec 3<copy && rm copy && shift && exec /proc/self/fd/3 \"$@\"\n");
  const std::string arguments = " sweep s.yaml --jobs 1 -o s.sqlite";
  const ProgramResult result =
      shell("LSAN_OPTIONS=detect_leaks=0 timeout 60 mpirun --oversubscribe --allow-run-as-root -np 1 " LUQSIM_PROGRAM +
            arguments + " : -np 1 sh gone.sh " LUQSIM_PROGRAM + arguments);
  EXPECT_EQ(result.exit_code, 2) << result.err;
  EXPECT_NE(result.err.find("rank 1 of the launcher: "), std::string::npos) << result.err;
  const ProgramResult again = sweep("s.yaml --jobs 1 -o s.sqlite");
  EXPECT_EQ(again.exit_code, 0) << again.err;
}

TEST_F(Ranks, WhatARankSentBeforeItLeftCounts) {
  if (test::run_program("command -v mpirun").exit_code != 0) GTEST_SKIP() << "no mpirun";
  const ProgramResult result = shell(
      "LSAN_OPTIONS=detect_leaks=0 timeout 60 mpirun --oversubscribe --allow-run-as-root -np 2 " LUQSIM_LEAVING_RANK);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.out.find("1 done; rank 1 of the launcher: tired\n"), std::string::npos) << result.out;
}

#else

TEST_F(Ranks, WhatARankSentBeforeItLeftCounts) { GTEST_SKIP() << "built without LUQSIM_MPI"; }
TEST_F(Ranks, ARankThatCannotStartWorkersEndsTheSweep) { GTEST_SKIP() << "built without LUQSIM_MPI"; }

#endif

}  // namespace
}  // namespace luqsim::sweep

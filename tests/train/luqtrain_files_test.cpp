// Files that a run writes, where the run does not come to its end.
#include <gtest/gtest.h>

#include "program_folder.h"

namespace luqsim {
namespace {

class LuqtrainFiles : public test::ProgramFolder {
 protected:
  LuqtrainFiles() : ProgramFolder(LUQTRAIN_PROGRAM) {}

  const std::string quick_ = "--quiet --hidden 24 --batch 128 --epochs 1 ";
};

TEST_F(LuqtrainFiles, LossesStayWhereARunDoesNotBegin) {
  write("losses", "older");
  expect_bad_input(quick_ + "--losses losses --record t.safetensors --record-steps 999999", "--record-steps: 999999");
  EXPECT_EQ(read("losses"), "older");
  EXPECT_EQ(folder_.files(), std::vector<std::string>{"losses"});
}

TEST_F(LuqtrainFiles, LossesUpToWhereTrainingDiverges) {
  ASSERT_EQ(run(quick_ + "--losses whole").exit_code, 0);
  write("losses", "older");
  const test::ProgramResult result = run(quick_ + "--rate 1e30 --losses losses");
  EXPECT_EQ(result.exit_code, 2) << result.err;
  EXPECT_NE(result.err.find("training diverged in step 1 "), std::string::npos) << result.err;
  const std::string first = read("whole").substr(0, read("whole").find('\n') + 1);
  EXPECT_EQ(read("losses"), first) << "no rate has changed a weight before the first loss";
}

TEST_F(LuqtrainFiles, LossesIntoAPipeOrAFolder) {
  ASSERT_EQ(run(quick_ + "--losses whole").exit_code, 0);
  const test::ProgramResult printed =
      shell("mkfifo pipe; cat pipe & " LUQTRAIN_PROGRAM " " + quick_ + "--losses pipe > printed; wait");
  EXPECT_EQ(printed.out, read("whole")) << printed.err;
  expect_bad_input(quick_ + "--losses .", "--losses: .; cannot write it: Is a directory");
}

// A text that is not UTF-8 cannot stand in the trace's header: the fault is the input's.
TEST_F(LuqtrainFiles, ATraceThatCannotBeWrittenIsBadInput) {
  const test::ProgramResult result =
      shell("name=$(printf '\\377'); seq 2000 > $name; " LUQTRAIN_PROGRAM
            " --quiet --network gpt --context 8 --width 12 --heads 2 --batch 8 --epochs 1 --steps-per-epoch 2 --text "
            "$name --record t.safetensors --record-steps 0");
  EXPECT_EQ(result.exit_code, 2) << result.err;
  EXPECT_NE(result.err.find("luqtrain: t.safetensors: header: "), std::string::npos) << result.err;
}

}  // namespace
}  // namespace luqsim

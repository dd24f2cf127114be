// Files that a run writes, where the run does not come to its end.
#include <algorithm>

#include <gtest/gtest.h>

#include "program_folder.h"

namespace luqsim {
namespace {

class LuqtrainFiles : public test::ProgramFolder {
 protected:
  LuqtrainFiles() : ProgramFolder(LUQTRAIN_PROGRAM) {}

  const std::string quick_ = "--quiet --hidden 24 --batch 128 --epochs 1 ";
};

TEST_F(LuqtrainFiles, OlderOnesStayWhereARunDoesNotBegin) {
  for (const char* name : {"losses", "probe.csv", "t.safetensors"}) write(name, "older");
  const std::string files = "--losses losses --probe probe.csv --record t.safetensors ";
  expect_bad_input(quick_ + files + "--record-steps 999999", "--record-steps: 999999");
  expect_bad_input(quick_ + files + "--record-steps 0 --scheme fp32", "no layer has 4-bit gradients");
  for (const char* name : {"losses", "probe.csv", "t.safetensors"}) EXPECT_TRUE(read(name) == "older") << name;
  EXPECT_EQ(folder_.files(), (std::vector<std::string>{"losses", "probe.csv", "t.safetensors"}));
}

TEST_F(LuqtrainFiles, NoneTakesThePlaceOfWhatTheRunReads) {
  write("r.toml", "hidden = 24\n");
  write("text", std::string(5000, 'a'));
  const std::string refused = "which would replace";
  for (const char* option : {"--losses", "--probe"})
    expect_bad_input(std::string("--recipe r.toml ") + option + " ./r.toml", refused + " r.toml");
  expect_bad_input("--recipe char-gpt --text text --record text --record-steps 0", refused + " text");
  EXPECT_EQ(read("r.toml"), "hidden = 24\n");
  EXPECT_EQ(read("text"), std::string(5000, 'a'));
}

TEST_F(LuqtrainFiles, LossesAndProbesUpToWhereTrainingDiverges) {
  ASSERT_EQ(run(quick_ + "--losses whole --probe whole.csv --probe-every 1000").exit_code, 0);
  write("losses", "older");
  write("probe.csv", "older");
  const test::ProgramResult result = run(quick_ + "--rate 1e30 --losses losses --probe probe.csv --probe-every 1000");
  EXPECT_EQ(result.exit_code, 2) << result.err;
  EXPECT_NE(result.err.find("training diverged in step 1 "), std::string::npos) << result.err;
  const std::string first = read("whole").substr(0, read("whole").find('\n') + 1);
  EXPECT_EQ(read("losses"), first) << "no rate has changed a weight before the first loss";
  EXPECT_EQ(read("probe.csv"), read("whole.csv"));
}

TEST_F(LuqtrainFiles, LossesThatCannotBeWrittenCostNoTraceAndHideNoReason) {
  const test::ProgramResult result = run(quick_ + "--losses /dev/full --record t.safetensors --record-steps 0");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.err, "luqtrain: --losses: /dev/full; cannot write it: No space left on device\n");
  EXPECT_EQ(folder_.files(), std::vector<std::string>{"t.safetensors"});
  const test::ProgramResult diverged = run(quick_ + "--rate 1e30 --losses /dev/full");
  EXPECT_EQ(diverged.exit_code, 2);
  EXPECT_NE(diverged.err.find("No space left on device\nluqtrain: rate: 1e+30; training diverged in step 1 "),
            std::string::npos)
      << diverged.err;
}

// A run of many steps, and older files of every name.
TEST_F(LuqtrainFiles, OfARunThatIsInterrupted) {
  const std::vector<std::string> names{"losses", "probe.csv", "t.safetensors"};
  const auto interrupted = [&](const std::string& signal, const std::string& options) {
    for (const std::string& name : names) write(name, "older");
    return shell("rm -f printed; " LUQTRAIN_PROGRAM " --hidden 24 --batch 128 --epochs 10000 " + options +
                 "> printed & p=$!; until grep -qs 'epoch   2' printed || [ ! -e /proc/$p/exe ]; do sleep 0.1; done; "
                 "kill -" +
                 signal + " $p; wait $p");
  };
  const std::string files = "--losses losses --probe probe.csv --record t.safetensors --record-steps 0 ";
  for (const char* signal : {"INT", "TERM"}) {
    const test::ProgramResult result = interrupted(signal, files);
    EXPECT_EQ(result.exit_code, 130) << result.err;
    const std::string losses = read("losses"), probe = read("probe.csv");
    const auto steps = std::ranges::count(losses, '\n');
    EXPECT_GT(steps, 0);
    EXPECT_EQ(result.err, "luqtrain: interrupted: luq seed 1: " + std::to_string(steps) +
                              " of 110000 steps are in losses and probe.csv; no trace was recorded\n");
    // Two layers of two gradients against two references in each step, after a header.
    EXPECT_EQ(std::ranges::count(probe, '\n'), 1 + 8 * steps);
    EXPECT_TRUE(read("t.safetensors") == "older");
  }
  const test::ProgramResult killed = interrupted("KILL", files);
  EXPECT_EQ(killed.exit_code, 128 + 9);
  for (const std::string& name : names) EXPECT_TRUE(read(name) == "older") << name;
  const test::ProgramResult alone = interrupted("INT", "--scheme fp32,luq");
  EXPECT_EQ(alone.exit_code, 130);
  EXPECT_TRUE(alone.err.starts_with("luqtrain: interrupted: fp32 seed 1: ")) << alone.err;
  EXPECT_TRUE(alone.err.ends_with(" of 110000 steps are done\n")) << alone.err;
  EXPECT_EQ(folder_.files(), (std::vector<std::string>{"losses", "printed", "probe.csv", "t.safetensors"}));
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

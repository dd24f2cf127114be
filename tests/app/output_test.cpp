// What the program prints and where it writes.
#include <gtest/gtest.h>

#include "program_folder.h"

namespace luqsim {
namespace {

class Output : public test::ProgramFolder {
 protected:
  Output() : ProgramFolder(LUQSIM_PROGRAM) {}
};

TEST_F(Output, AFullDiskUnderStandardOutputIsAnError) {
  for (const char* arguments : {"version", "list", "--help", "--version", "schema"}) {
    const test::ProgramResult result = shell(LUQSIM_PROGRAM + std::string(" ") + arguments + " > /dev/full");
    EXPECT_EQ(result.exit_code, 2) << arguments;
    EXPECT_TRUE(result.err.starts_with("luqsim: ")) << arguments << ": " << result.err;
  }
}

// The folder of a report may have the name of a design or a network.
TEST_F(Output, AFolderDoesNotHideABundledName) {
  for (int i = 0; i < 2; ++i) {
    const test::ProgramResult result = run("run default digits-mlp -o digits-mlp");
    EXPECT_EQ(result.exit_code, 0) << result.err;
  }
  expect_bad_input("run default ./digits-mlp", "not a regular file");
}

TEST_F(Output, ASeedIsAWholeNumber) {
  for (const char* seed : {"-1", "18446744073709551616", "99999999999999999999", "1e3", "0x10", "010", "1 ", "one"}) {
    const std::string text = std::string("'") + seed + "'";
    expect_bad_input("vectors sawb --seed " + text + " -o v.safetensors",
                     std::string("--seed: ") + seed + "; wanted decimal digits of 0 to 18446744073709551615");
  }
  EXPECT_TRUE(folder_.files().empty());
  EXPECT_EQ(run("vectors format --cases 1 --seed 18446744073709551615 -o v.safetensors").exit_code, 0);
}

TEST_F(Output, ATableOfPointsThatCannotBeWrittenStopsTheSweepBeforeItBegins) {
  write("s.yaml", "base: default\nworkloads: [digits-mlp]\nlist: [{array.rows: 16}]\n");
  expect_bad_input("sweep s.yaml -o s.sqlite --csv none/points.csv", "cannot write none/points.csv: No such file");
  EXPECT_EQ(folder_.files(), (std::vector<std::string>{"s.yaml"}));
}

TEST_F(Output, ATableOfPointsIsWhole) {
  write("s.yaml", "base: default\nworkloads: [digits-mlp]\nlist: [{array.rows: 16}]\n");
  write("points.csv", "older");
  ASSERT_EQ(run("sweep s.yaml -o s.sqlite --jobs 1 --csv points.csv").exit_code, 0);
  const std::string points = read("points.csv");
  EXPECT_NE(points.find("array.rows"), std::string::npos) << points;
  EXPECT_EQ(folder_.files(), (std::vector<std::string>{"points.csv", "s.sqlite", "s.yaml"}));
  const test::ProgramResult full =
      shell("ln -s /dev/full full.csv; " LUQSIM_PROGRAM " sweep --show s.sqlite --csv full.csv");
  EXPECT_EQ(full.exit_code, 2) << full.err;
  EXPECT_NE(full.err.find("luqsim: cannot write full.csv: No space left on device"), std::string::npos) << full.err;
}

}  // namespace
}  // namespace luqsim

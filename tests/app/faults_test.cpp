// What the machine does to the programs: full disks, folders that may not be written, signals, little memory, files
// that change while they are read. A message, an exit code, and nothing that was there is lost.
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>
#include <unistd.h>

#include "program_folder.h"
#include "random_trace.h"

namespace luqsim {
namespace {

namespace fs = std::filesystem;
using test::ProgramResult;

class Faults : public test::ProgramFolder {
 protected:
  Faults() : ProgramFolder(LUQSIM_PROGRAM) {}

  // A command line in which $LUQSIM and $LUQTRAIN are the programs.
  ProgramResult run(const std::string& command) const {
    return shell("export LUQSIM=" LUQSIM_PROGRAM " LUQTRAIN=" LUQTRAIN_PROGRAM " && " + command);
  }
  void expect(const ProgramResult& result, int exit_code, const std::string& message) const {
    EXPECT_EQ(result.exit_code, exit_code) << result.err;
    EXPECT_NE(result.err.find(message), std::string::npos) << result.err;
  }
  bool is_root() const { return ::geteuid() == 0; }
};

// A limit on file sizes fails writes as a full disk does, and needs no file system of its own.
constexpr const char* small_files = "trap '' XFSZ; ulimit -f 200; ";

TEST_F(Faults, AFullDiskLeavesOldReportsAsTheyWere) {
  ASSERT_EQ(run("$LUQSIM run -o r").exit_code, 0);
  const std::string page = read("r/index.html"), results = read("r/results.json");
  expect(run(std::string(small_files) + "$LUQSIM run mf-bprop-fp16 -o r"), 2,
         "cannot write r/index.html: File too large");
  EXPECT_TRUE(read("r/index.html") == page);
  EXPECT_TRUE(read("r/results.json") != results) << "what could be written is new and whole";
  EXPECT_EQ(run("$LUQSIM report r/results.json -o again").exit_code, 0);
  for (const auto& entry : fs::recursive_directory_iterator(folder_ / "r"))
    EXPECT_NE(entry.path().extension(), ".tmp") << entry.path();
}

TEST_F(Faults, AFullDiskLeavesNoHalfTrace) {
  expect(run(std::string(small_files) +
             "$LUQTRAIN --recipe digits-mlp --epochs 1 --quiet --record t.safetensors --record-steps 0"),
         2, "t.safetensors");
  EXPECT_EQ(folder_.files(), std::vector<std::string>{});
}

TEST_F(Faults, AFullDiskStopsASweepAndARerunGoesOn) {
  expect(run(std::string(small_files) + "$LUQSIM sweep array-sizes --jobs 1 -o s.sqlite"), 2, "s.sqlite");
  const ProgramResult again = run("$LUQSIM sweep array-sizes --jobs 1 -o s.sqlite");
  EXPECT_EQ(again.exit_code, 0) << again.err;
}

TEST_F(Faults, AFolderThatMayNotBeWritten) {
  if (is_root()) GTEST_SKIP() << "root may write everywhere";
  fs::create_directory(folder_ / "closed");
  fs::permissions(folder_ / "closed", fs::perms::owner_read | fs::perms::owner_exec);
  expect(run("$LUQSIM run -o closed/r"), 2, "Permission denied");
  expect(run("$LUQTRAIN --recipe digits-mlp --epochs 1 --quiet --record closed/t.safetensors --record-steps 0"), 2,
         "Permission denied");
}

TEST_F(Faults, AFileWhereAFolderShouldBe) {
  ASSERT_EQ(run("echo kept > r").exit_code, 0);
  expect(run("$LUQSIM run -o r/x"), 2, "luqsim: cannot make the folder r/x: Not a directory\n");
  // Before any design is simulated.
  for (const char* command : {"run default resnet50 --batch 32", "compare default int8 --trace resnet50 --batch 32"})
    expect(run("timeout 2 $LUQSIM " + std::string(command) + " -o r"), 2,
           "luqsim: cannot make the folder r: Not a directory\n");
  EXPECT_EQ(read("r"), "kept\n");
}

TEST_F(Faults, ATraceCutShortWhileItIsReadIsAnError) {
  {
    TraceWriter writer(folder_ / "t.safetensors", {.backend = "cpu"});
    std::mt19937 random(1);
    test::add_random_record(writer, "r", {.m = 200, .n = 200, .k = 200}, random);
    writer.commit();
  }
  expect(run(CUT_SHORT_PROGRAM " t.safetensors"), 2, "luqsim: a mapped file became shorter while it was read");
}

TEST_F(Faults, LittleMemoryIsSaid) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "the address sanitizer reserves terabytes of addresses";
#endif
  // From little to enough: the program cannot start, or says so, or works; it never crashes.
  bool said = false, enough = false;
  for (int megabytes = 100; megabytes <= 4000 && !enough; megabytes += 40) {
    const ProgramResult result =
        run("ulimit -v " + std::to_string(megabytes) + "000; $LUQSIM run default mobilenet-v2 --passes fprop -o r");
    if (result.exit_code == 127) continue;  // the loader's
    EXPECT_TRUE(result.exit_code == 0 || result.exit_code == 3) << megabytes << ": " << result.exit_code << result.err;
    said = said || result.err.find("luqsim: out of memory") != std::string::npos;
    enough = result.exit_code == 0;
  }
  EXPECT_TRUE(said);
  EXPECT_TRUE(enough);
}

TEST_F(Faults, AnInterruptedRunSaysSoAndLeavesOlderFiles) {
  for (const char* signal : {"INT", "TERM"}) {
    const ProgramResult result =
        run(std::string(
                "echo older | tee t.json w.vcd; env --default-signal=INT $LUQSIM run default resnet50 --batch 32 ") +
            "--timeline t.json --vcd w.vcd -o r & p=$!; " +
            "until ls t.json.*.tmp >/dev/null 2>&1 || [ ! -e /proc/$p/exe ]; do sleep 0.1; done; kill -" + signal +
            " $p; wait $p; exit $?");
    expect(result, 130, "luqsim: interrupted: ");
    expect(result, 130, " of 162 records are simulated; nothing is written\n");
    EXPECT_EQ(folder_.files(), (std::vector<std::string>{"t.json", "w.vcd"})) << signal;
    EXPECT_EQ(read("t.json") + read("w.vcd"), "older\nolder\n") << signal;
  }
}

TEST_F(Faults, WhatIsFinishedStaysWhenTheRestIsInterrupted) {
  for (const char* signal : {"INT", "TERM", "KILL"}) {
    // A design takes seconds; the wait ends with the first one's results, or with the program. Shells start what is in
    // the background with SIGINT ignored.
    const ProgramResult result =
        run(std::string("rm -rf r; env --default-signal=INT $LUQSIM compare default mf-bprop-fp16 bf16 --trace "
                        "mobilenet-v2 -o r & p=$!; ") +
            "until [ -e r/shift-int24-32x32/results.json ] || [ ! -e /proc/$p/exe ]; do sleep 0.1; done; kill -" +
            signal + " $p; wait $p; exit $?");
    EXPECT_EQ(result.exit_code, std::string(signal) == "KILL" ? 128 + 9 : 130) << signal << result.err;
    if (std::string(signal) != "KILL") expect(result, 130, " of 3 designs are finished and in r\n");
    EXPECT_EQ(run("$LUQSIM report r/shift-int24-32x32/results.json -o page").exit_code, 0) << signal;
    EXPECT_FALSE(fs::exists(folder_ / "r/index.html"));
  }
}

TEST_F(Faults, WhereNoDesignIsFinishedNothingIsWritten) {
  const ProgramResult result =
      run("env --default-signal=INT $LUQSIM compare default bf16 --trace resnet50 --batch 32 -o r & p=$!; "
          "sleep 0.5; kill -INT $p; wait $p; exit $?");
  expect(result, 130, " of 324 records are simulated; nothing is written\n");
  EXPECT_FALSE(fs::exists(folder_ / "r"));
}

}  // namespace
}  // namespace luqsim

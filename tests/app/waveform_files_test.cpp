// The files of run --vcd and --timeline: what they may replace and what they leave.
#include <algorithm>
#include <filesystem>

#include <sys/stat.h>

#include "luqsim_folder.h"

namespace luqsim {
namespace {

using test::ProgramResult;
using WaveformFiles = test::LuqsimFolder;

constexpr const char* small_run = "run default t.safetensors --set array.rows=2 --set array.cols=2 --vcd ";

TEST_F(WaveformFiles, ReplaceTheirFileAndNoOther) {
  write_trace();
  write("wave.vcd", "mine");
  write("wave", "older");
  ASSERT_EQ(luqsim(std::string(small_run) + "wave").exit_code, 0);
  EXPECT_EQ(read("wave.vcd"), "mine");
  EXPECT_NE(read("wave").find("$enddefinitions"), std::string::npos);
}

TEST_F(WaveformFiles, NothingIsLeftWhereTheyCannotBeWritten) {
  write_trace();
  std::filesystem::create_directory(file("folder"));
  const ProgramResult result = luqsim(std::string(small_run) + "folder");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.err, "luqsim: cannot write folder: Is a directory\n");
  EXPECT_EQ(luqsim(std::string(small_run) + "no/folder").exit_code, 2);
  std::size_t entries = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(file("."))) ++entries;
  EXPECT_EQ(entries, 2U) << "the trace and the folder";
}

// A limit on file sizes fails writes as a full disk does, here from the first block to the last one.
TEST_F(WaveformFiles, OnAFullDiskOlderOnesStay) {
  write_trace();
  const std::string wave = std::string(small_run) + "wave", line = "run default t.safetensors --timeline line";
  ASSERT_EQ(luqsim(wave).exit_code, 0);
  ASSERT_EQ(luqsim(line).exit_code, 0);
  const auto expect_refusal = [&](const std::string& command, const std::string& name, const std::string& message) {
    constexpr std::size_t block = 512;
    const std::size_t last = (read(name).size() - 1) / block;
    write(name, "older");
    const auto files = folder_.files();
    for (std::size_t blocks = 1; blocks <= last; blocks += std::clamp<std::size_t>(last - blocks, 1, 5)) {
      const ProgramResult result = luqsim(command, "trap '' XFSZ; ulimit -f " + std::to_string(blocks) + ";");
      EXPECT_EQ(result.exit_code, 2) << blocks;
      EXPECT_EQ(result.err, "luqsim: " + message + ": File too large\n") << blocks;
      EXPECT_EQ(read(name), "older") << blocks;
      EXPECT_EQ(folder_.files(), files) << blocks;
    }
  };
  expect_refusal(wave, "wave", "wave: waveforms cannot be written");
  expect_refusal(line, "line", "cannot write line");
}

TEST_F(WaveformFiles, ATimelineIntoAPipe) {
  write_trace();
  const std::string line = "run default t.safetensors --timeline ";
  ASSERT_EQ(luqsim(line + "line").exit_code, 0);
  const ProgramResult piped = luqsim(line + "pipe > printed; wait", "mkfifo pipe; timeout 60 cat pipe &");
  EXPECT_TRUE(piped.out == read("line")) << piped.err;
  EXPECT_TRUE(std::filesystem::is_fifo(file("pipe")));
}

TEST_F(WaveformFiles, DoNotTakeThePlaceOfAPipeOrALink) {
  write_trace();
  write("target", "older");
  std::filesystem::create_symlink("target", file("link"));
  ASSERT_EQ(::mkfifo(file("pipe").c_str(), 0600), 0);
  for (const std::string name : {"link", "pipe"}) {
    const ProgramResult result = luqsim(small_run + name);
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_EQ(result.err,
              "luqsim: cannot replace " + name + ", which is a pipe, a device or a link: Operation not supported\n");
  }
  EXPECT_TRUE(std::filesystem::is_symlink(file("link")));
  EXPECT_TRUE(std::filesystem::is_fifo(file("pipe")));
  EXPECT_EQ(read("target"), "older");
}

TEST_F(WaveformFiles, OfScaleSimsCountsThereAreNone) {
  write_trace();
  for (const char* option : {"--vcd w.vcd", "--timeline w.json"}) {
    const ProgramResult result = luqsim("run default t.safetensors --set compat=scalesim " + std::string(option));
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_NE(result.err.find("compat: scalesim"), std::string::npos) << result.err;
  }
  EXPECT_FALSE(std::filesystem::exists(file("w.vcd")));
  EXPECT_FALSE(std::filesystem::exists(file("w.json")));
}

}  // namespace
}  // namespace luqsim

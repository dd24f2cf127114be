// The files of run --vcd and --timeline: what they may replace and what they leave.
#include <filesystem>

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
  EXPECT_NE(result.err.find("folder: waveforms cannot be written"), std::string::npos) << result.err;
  EXPECT_EQ(luqsim(std::string(small_run) + "no/folder").exit_code, 2);
  std::size_t entries = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(file("."))) ++entries;
  EXPECT_EQ(entries, 2U) << "the trace and the folder";
}

TEST_F(WaveformFiles, ATimelineIntoAPipe) {
  write_trace();
  const std::string line = "run default t.safetensors --timeline ";
  ASSERT_EQ(luqsim(line + "line").exit_code, 0);
  const ProgramResult piped = luqsim(line + "pipe > printed; wait", "mkfifo pipe; timeout 60 cat pipe &");
  EXPECT_TRUE(piped.out == read("line")) << piped.err;
  EXPECT_TRUE(std::filesystem::is_fifo(file("pipe")));
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

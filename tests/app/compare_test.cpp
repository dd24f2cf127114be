// Designs compared: by compare, and from results by report.
#include <filesystem>

#include "luqsim_folder.h"

namespace luqsim {
namespace {

using test::ProgramResult;
using test::without_command;
using Compare = test::LuqsimFolder;

TEST_F(Compare, CompareWritesAPageAndTheResultsOfEachDesign) {
  write_trace();
  const ProgramResult result = luqsim("compare default mf-bprop-fp16 default --trace t.safetensors -o report");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.err, "");
  for (const char* part : {"shift-int24-32x32 (2)", "bit-exact", "TOPS/mm2", "tie with", "report/index.html"})
    EXPECT_NE(result.out.find(part), std::string::npos) << part << "\n" << result.out;
  for (const char* name : {"index.html", "shift-int24-32x32/results.json", "shift-int24-32x32-2/records.csv",
                           "mf-bprop-fp16-32x32/results.json"})
    EXPECT_TRUE(std::filesystem::exists(folder_ / "report" / name)) << name;

  const ProgramResult again =
      luqsim("report report/shift-int24-32x32/results.json report/mf-bprop-fp16-32x32/results.json -o again");
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_NE(read("again/index.html").find("2 designs compared"), std::string::npos);
  EXPECT_EQ(luqsim("run default t.safetensors").exit_code, 0);
  EXPECT_EQ(luqsim("report luqsim-report/results.json report/mf-bprop-fp16-32x32/results.json").exit_code, 0);
}

TEST_F(Compare, ComparingOneDesignSeveralTimesGivesTheResultsOfRun) {
  write_trace();
  ASSERT_EQ(luqsim("compare standard-fp32 default --trace t.safetensors -o c").exit_code, 0);
  ASSERT_EQ(luqsim("run default t.safetensors -o r").exit_code, 0);
  EXPECT_TRUE(without_command(read("c/shift-int24-32x32/results.json")) == without_command(read("r/results.json")));
}

TEST_F(Compare, CompareTakesAllBundledDesignsAndLayersByShape) {
  write("net.csv", "Layer, M, N, K,\nfc1, 40, 50, 60,\n");
  const ProgramResult result = luqsim("compare --trace net.csv --passes dgrad --set array.rows=16");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  for (const char* part : {"shift-int24", "mf-bprop-fp16", "mf-bprop-fp32", "standard-fp32", "nothing to compare"})
    EXPECT_NE(result.out.find(part), std::string::npos) << part << "\n" << result.out;
}

TEST_F(Compare, AComparisonIsPrintedForMachines) {
  write_trace();
  const ProgramResult result = luqsim("compare default mf-bprop-fp16 --trace t.safetensors --json");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto comparison = boost::json::parse(result.out);
  ASSERT_EQ(comparison.at("verdicts").as_array().size(), 2U);
  EXPECT_EQ(comparison.at("verdicts").at(0).at("design"), "shift-int24-32x32");
  EXPECT_GT(comparison.at("verdicts").at(0).at("tera_ops").at("value").to_number<double>(), 0);
  EXPECT_FALSE(comparison.at("sentence").as_string().empty());
}

TEST_F(Compare, WhatCannotBeComparedIsRefused) {
  write_trace();
  write("net.csv", "Layer, M, N, K,\nfc1, 40, 50, 60,\n");
  ASSERT_EQ(luqsim("run default t.safetensors -o a").exit_code, 0);
  ASSERT_EQ(luqsim("run default net.csv -o b").exit_code, 0);
  expect_bad_input("report a/results.json b/results.json", "trace: net.csv; wanted t.safetensors");
  std::string old = read("a/results.json");
  old.replace(old.find("luqsim-results-5"), 16, "luqsim-results-4");
  write("old.json", old);
  expect_bad_input("report a/results.json old.json", "old.json: schema: luqsim-results-4; wanted luqsim-results-5");
  expect_bad_input("report none.json", "none.json: cannot be read");
  expect_bad_input("report", "RESULTS");
  expect_bad_input("report a/results.json -o a/results.json", "a/results.json");
  expect_bad_input("compare default none --trace t.safetensors", "none: no file, and no bundled name");
  expect_bad_input("compare --trace none.safetensors", "none.safetensors");
  expect_bad_input("compare --trace t.safetensors -o t.safetensors", "t.safetensors");
}

}  // namespace
}  // namespace luqsim

// The program as users meet it: output, files, exit codes, bad input.
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>

#include <boost/json.hpp>
#include <gtest/gtest.h>
#include <unistd.h>

#include "program.h"
#include "random_trace.h"
#include "sanitizer.h"

namespace luqsim {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using test::ProgramResult;

// Results that were made in another way may differ in how they were made alone.
json::object without_command(const std::string& results) {
  json::object object = json::parse(results).as_object();
  object.erase("command");
  return object;
}

class App : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / ("luqsim_app_" + std::to_string(::getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string file(const std::string& name) const { return (folder_ / name).string(); }

  ProgramResult luqsim(const std::string& arguments) const {
    return test::run_program("cd " + folder_.string() + " && " LUQSIM_PROGRAM " " + arguments);
  }

  // A small trace of the three passes; returns its bytes.
  std::string write_trace(const std::string& name = "t.safetensors") const {
    std::mt19937 random(9);
    TraceWriter writer(file(name), {.backend = "cpu", .network = "test network"});
    for (const Pass pass : {Pass::fprop, Pass::dgrad, Pass::wgrad})
      test::add_random_record(writer, std::string(name_of(pass)), {.pass = pass, .m = 10, .n = 12, .k = 14}, random);
    writer.commit();
    return read(name);
  }

  std::string read(const std::string& name) const {
    std::stringstream text;
    text << std::ifstream(file(name), std::ios::binary).rdbuf();
    return text.str();
  }
  void write(const std::string& name, const std::string& bytes) const {
    std::ofstream(file(name), std::ios::binary) << bytes;
  }

  void expect_bad_input(const std::string& arguments, const std::string& message) const {
    const ProgramResult result = luqsim(arguments);
    EXPECT_EQ(result.exit_code, 2) << arguments << "\n" << result.err;
    EXPECT_NE(result.err.find(message), std::string::npos) << arguments << "\n" << result.err;
    EXPECT_EQ(result.out, "") << arguments;
  }

  fs::path folder_;
};

TEST_F(App, RunPrintsTheSummaryAndWritesTheReport) {
  write_trace();
  const ProgramResult result = luqsim("run default t.safetensors");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.err, "");  // no progress bar in a pipe
  for (const char* text : {"15 of 15 tensors bit-exact", "fprop", "dgrad", "wgrad", "total", "TOPS", "area proxy",
                           "array cycles", "test network"})
    EXPECT_NE(result.out.find(text), std::string::npos) << text << "\n" << result.out;
  const json::value results = json::parse(read("luqsim-report/results.json"));
  EXPECT_EQ(results.at("schema"), "luqsim-results-4");
  EXPECT_EQ(results.at("total").at("exact_tensors"), 15);
  EXPECT_EQ(results.at("records").as_array().size(), 3U);
  const std::string csv = read("luqsim-report/records.csv");
  EXPECT_EQ(std::ranges::count(csv, '\n'), 4);
  EXPECT_EQ(csv.find("id,layer,step,pass,m,n,k,"), 0U);
}

TEST_F(App, RunWritesThePage) {
  write_trace();
  ASSERT_EQ(luqsim("run default t.safetensors --set array.rows=8 -o 'a folder'").exit_code, 0);
  const std::string page = read("a folder/index.html");
  EXPECT_EQ(page.find("<!DOCTYPE html>"), 0U);
  EXPECT_NE(page.find("<pre>luqsim run default t.safetensors --set array.rows=8 -o &#39;a folder&#39;</pre>"),
            std::string::npos);
  const json::value results = json::parse(read("a folder/results.json"));
  EXPECT_EQ(results.at("settings").at("array.rows").as_string(), "8");
  EXPECT_EQ(results.at("settings").at("clock_ghz").as_string(), "1");
  EXPECT_GT(results.at("square_millimeters").at("28 nm").as_double(), 0);
}

TEST_F(App, CompareWritesAPageAndTheResultsOfEachDesign) {
  write_trace();
  const ProgramResult result = luqsim("compare default mf-bprop-fp16 default --trace t.safetensors -o report");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.err, "");
  for (const char* part : {"shift-int24-32x32 (2)", "bit-exact", "TOPS/mm2", "tie with", "report/index.html"})
    EXPECT_NE(result.out.find(part), std::string::npos) << part << "\n" << result.out;
  for (const char* name : {"index.html", "shift-int24-32x32/results.json", "shift-int24-32x32-2/records.csv",
                           "mf-bprop-fp16-32x32/results.json"})
    EXPECT_TRUE(fs::exists(folder_ / "report" / name)) << name;

  const ProgramResult again =
      luqsim("report report/shift-int24-32x32/results.json report/mf-bprop-fp16-32x32/results.json -o again");
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_NE(read("again/index.html").find("2 designs compared"), std::string::npos);
  EXPECT_EQ(luqsim("run default t.safetensors").exit_code, 0);
  EXPECT_EQ(luqsim("report luqsim-report/results.json report/mf-bprop-fp16-32x32/results.json").exit_code, 0);
}

TEST_F(App, ComparingOneDesignSeveralTimesGivesTheResultsOfRun) {
  write_trace();
  ASSERT_EQ(luqsim("compare standard-fp32 default --trace t.safetensors -o c").exit_code, 0);
  ASSERT_EQ(luqsim("run default t.safetensors -o r").exit_code, 0);
  EXPECT_TRUE(without_command(read("c/shift-int24-32x32/results.json")) == without_command(read("r/results.json")));
}

TEST_F(App, CompareTakesAllBundledDesignsAndLayersByShape) {
  write("net.csv", "Layer, M, N, K,\nfc1, 40, 50, 60,\n");
  const ProgramResult result = luqsim("compare --trace net.csv --passes dgrad --set array.rows=16");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  for (const char* part : {"shift-int24", "mf-bprop-fp16", "mf-bprop-fp32", "standard-fp32", "nothing to compare"})
    EXPECT_NE(result.out.find(part), std::string::npos) << part << "\n" << result.out;
}

TEST_F(App, AComparisonIsPrintedForMachines) {
  write_trace();
  const ProgramResult result = luqsim("compare default mf-bprop-fp16 --trace t.safetensors --json");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto comparison = boost::json::parse(result.out);
  ASSERT_EQ(comparison.at("verdicts").as_array().size(), 2U);
  EXPECT_EQ(comparison.at("verdicts").at(0).at("design"), "shift-int24-32x32");
  EXPECT_GT(comparison.at("verdicts").at(0).at("tera_ops").at("value").to_number<double>(), 0);
  EXPECT_FALSE(comparison.at("sentence").as_string().empty());
}

TEST_F(App, WhatCannotBeComparedIsRefused) {
  write_trace();
  write("net.csv", "Layer, M, N, K,\nfc1, 40, 50, 60,\n");
  ASSERT_EQ(luqsim("run default t.safetensors -o a").exit_code, 0);
  ASSERT_EQ(luqsim("run default net.csv -o b").exit_code, 0);
  expect_bad_input("report a/results.json b/results.json", "trace: net.csv; wanted t.safetensors");
  std::string old = read("a/results.json");
  old.replace(old.find("luqsim-results-4"), 16, "luqsim-results-3");
  write("old.json", old);
  expect_bad_input("report a/results.json old.json", "old.json: schema: luqsim-results-3; wanted luqsim-results-4");
  expect_bad_input("report none.json", "none.json: cannot be read");
  expect_bad_input("report", "RESULTS");
  expect_bad_input("report a/results.json -o a/results.json", "a/results.json");
  expect_bad_input("compare default none --trace t.safetensors", "none: cannot be read");
  expect_bad_input("compare --trace none.safetensors", "none.safetensors");
  expect_bad_input("compare --trace t.safetensors -o t.safetensors", "t.safetensors");
}

TEST_F(App, JsonIsTheSameAsTheReport) {
  write_trace();
  const ProgramResult result = luqsim("run default t.safetensors --json -o elsewhere");
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(json::parse(result.out), json::parse(read("elsewhere/results.json")));
}

TEST_F(App, AFlippedBitGivesRecordElementBothValuesAndExit1) {
  std::string bytes = write_trace();
  bytes[test::tensor_offset(file("t.safetensors"), "wgrad.out") + 4 * 119] ^= 1;
  write("flipped.safetensors", bytes);
  const ProgramResult result = luqsim("run default flipped.safetensors");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_NE(result.out.find("14 of 15 tensors bit-exact"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("record wgrad, out: 1 of 120 differ; element 119: expected 0x"), std::string::npos)
      << result.out;
}

TEST_F(App, InexactDesignExits1) {
  std::mt19937 random(9);
  TraceWriter writer(file("long.safetensors"), {.backend = "cpu"});
  test::add_random_record(writer, "d", {.pass = Pass::dgrad, .m = 4, .n = 4, .k = 20000, .mean = 8}, random);
  writer.commit();
  EXPECT_EQ(luqsim("run default long.safetensors").exit_code, 0);
  EXPECT_EQ(luqsim("run mf-bprop-fp16 long.safetensors").exit_code, 1);
  EXPECT_EQ(luqsim("run default long.safetensors --set array.accumulator=int16").exit_code, 1);
}

TEST_F(App, BothFidelitiesGiveTheSameResults) {
  write_trace();
  for (const char* dataflow : {"os", "ws", "is"}) {
    const std::string design =
        std::string("run default t.safetensors --json --set array.rows=4 --set array.cols=6 --set ") +
        "array.dataflow=" + dataflow;
    const ProgramResult wave = luqsim(design + " --fidelity wave"), pe = luqsim(design + " --fidelity pe");
    EXPECT_EQ(wave.exit_code, 0) << wave.err;
    EXPECT_TRUE(without_command(wave.out) == without_command(pe.out)) << dataflow;
  }
}

TEST_F(App, ResultsDoNotDependOnThreads) {
  write_trace();
  const auto run = [this](const std::string& threads) {
    return test::run_program("cd " + folder_.string() + " && OMP_NUM_THREADS=" + threads +
                             " " LUQSIM_PROGRAM " run default t.safetensors --json")
        .out;
  };
  EXPECT_FALSE(run("1").empty());
  EXPECT_EQ(run("1"), run("7"));
}

TEST_F(App, TimelineHasEverySpanOfTheResults) {
  write_trace();
  const ProgramResult run = luqsim("run default t.safetensors --json --timeline timeline.json --set clock_ghz=2");
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const json::value timeline = json::parse(read("timeline.json")), results = json::parse(run.out);
  std::map<std::int64_t, std::string> rows;
  std::map<std::string, std::map<std::string, std::int64_t>> cycles;  // by row and span
  std::map<std::string, std::int64_t> last_end;
  for (const json::value& event : timeline.at("traceEvents").as_array()) {
    if (event.at("name") == "thread_name")
      rows[event.at("tid").as_int64()] = event.at("args").at("name").as_string().c_str();
    if (event.at("ph") != "X") continue;
    const std::string row = rows.at(event.at("tid").as_int64());
    const std::int64_t begin = event.at("args").at("begin").as_int64(),
                       length = event.at("args").at("cycles").as_int64();
    EXPECT_GE(begin, last_end[row]) << row;
    EXPECT_NEAR(event.at("ts").to_number<double>(), static_cast<double>(begin) / 2000, 1e-9);
    EXPECT_NEAR(event.at("dur").to_number<double>(), static_cast<double>(length) / 2000, 1e-9);
    last_end[row] = begin + length;
    cycles[row][event.at("name").as_string().c_str()] += length;
  }
  for (const json::value& unit : results.at("total").at("units").as_array())
    for (const auto& [activity, count] : unit.at("cycles").as_object())
      if (activity != "none") {
        EXPECT_EQ(cycles[unit.at("unit").as_string().c_str()][activity], count) << unit.at("unit") << " " << activity;
      }
  for (const json::value& record : results.at("records").as_array())
    EXPECT_EQ(cycles["records"][record.at("id").as_string().c_str()], record.at("cycles"));
}

TEST_F(App, WaveformsNameEveryUnitAndPe) {
  write_trace();
  const std::string small = "run default t.safetensors --set array.rows=2 --set array.cols=3 ";
  ASSERT_EQ(luqsim(small + "--vcd wave.vcd").exit_code, 0);
  ASSERT_EQ(luqsim(small + "--vcd pe.vcd --fidelity pe").exit_code, 0);
  const std::string wave = read("wave.vcd"), pe = read("pe.vcd");
  for (const char* unit : {"load_a", "load_b", "quantizer", "array", "drain", "store", "controller"})
    EXPECT_NE(wave.find(std::string("$scope module ") + unit + " $end"), std::string::npos) << unit;
  EXPECT_EQ(wave.find("pe_0_0"), std::string::npos);
  EXPECT_NE(pe.find("$scope module pe_1_2 $end"), std::string::npos);
  EXPECT_NE(pe.find("$enddefinitions"), std::string::npos);
  EXPECT_GT(pe.size(), 10 * wave.size());
  EXPECT_FALSE(fs::exists(file("wave.vcd.vcd")));
}

TEST_F(App, FilesThatCannotBeWrittenAreErrors) {
  write_trace();
  expect_bad_input("run default t.safetensors --timeline /nowhere/t.json",
                   "/nowhere/t.json: the timeline cannot be written");
  expect_bad_input("run default t.safetensors --vcd /nowhere/w.vcd", "/nowhere/w.vcd: waveforms cannot be written");
  expect_bad_input("run default t.safetensors --fidelity rtl", "--fidelity");
}

TEST_F(App, LayersByShapeRunAndImport) {
  write("net.csv", "Layer, M, N, K,\nfc1, 40, 50, 60,\nfc2, 7, 8, 9,\n");
  const ProgramResult run = luqsim("run default net.csv --json");
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const json::value results = json::parse(run.out);
  EXPECT_EQ(results.at("records").as_array().size(), 6U);
  EXPECT_EQ(results.at("total").at("macs"), 3 * (40 * 50 * 60 + 7 * 8 * 9));
  EXPECT_EQ(results.at("total").at("tensors"), 0);
  EXPECT_EQ(results.at("layers").as_array().size(), 2U);

  ASSERT_EQ(luqsim("import net.csv --passes fprop --batch 4 -o net.safetensors").exit_code, 0);
  const json::value imported = json::parse(luqsim("run default net.safetensors --json").out);
  EXPECT_EQ(imported.at("records").as_array().size(), 2U);
  EXPECT_EQ(imported.at("total").at("macs"), 4 * (40 * 50 * 60 + 7 * 8 * 9));
  const ProgramResult bundled = luqsim("run default resnet50 --passes fprop");
  EXPECT_EQ(bundled.exit_code, 0) << bundled.err;
  EXPECT_NE(bundled.out.find("4.09 G"), std::string::npos) << bundled.out;

  write("bad.csv", "Layer, M, N, K,\nfc1, 40, none, 60,\n");
  expect_bad_input("run default bad.csv", "bad.csv:2: ");
  expect_bad_input("run default net.safetensors --batch 2", "a recorded trace; wanted layers by shape");
  expect_bad_input("import net.safetensors -o again.safetensors", "a trace already; wanted .csv, .yaml, .yml or .onnx");
}

TEST_F(App, AreaShowsPartsAndPes) {
  const ProgramResult text = luqsim("area standard-fp32 default");
  EXPECT_EQ(text.exit_code, 0) << text.err;
  for (const char* part : {"standard-fp32-32x32: ", "shift-int24-32x32: ", "accumulators", "scratchpads",
                           "mm2 in 28 nm", "MF-BPROP + fp32", "dual mode + int24"})
    EXPECT_NE(text.out.find(part), std::string::npos) << part << "\n" << text.out;
  const json::value designs = json::parse(luqsim("area default --json --set array.rows=16").out);
  double sum = 0;
  for (const auto& [part, gates] : designs.at(0).at("parts").as_object()) sum += gates.to_number<double>();
  EXPECT_NEAR(designs.at(0).at("gates").to_number<double>(), sum, 1e-6 * sum);
  EXPECT_NEAR(designs.at(0).at("parts").at("accumulators").to_number<double>(),
              16 * 32 * designs.at(0).at("pe").at("accumulator").to_number<double>(), 1e-6);
  expect_bad_input("area nowhere", "nowhere");
}

TEST_F(App, CompatScalesimCountsAsScaleSim) {
  write("net.csv", "Layer, M, N, K,\nfc, 256, 128, 256,\n");
  const ProgramResult run = luqsim("run default net.csv --passes fprop --set compat=scalesim");
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_NE(run.out.find("for 10175 cycles"), std::string::npos) << run.out;
  EXPECT_NE(run.out.find("as SCALE-Sim v3 counts them"), std::string::npos);
  expect_bad_input("run default net.csv --set compat=scalesim --set array.lanes=2", "compat: scalesim; wanted none");
}

TEST_F(App, InspectShowsRecordsAndHistograms) {
  write_trace();
  const ProgramResult text = luqsim("inspect t.safetensors");
  EXPECT_EQ(text.exit_code, 0);
  for (const char* part : {"3 records", "dgrad", "M 10 N 12 K 14", "fp4_e3m0", "% zero", "recorded on cpu"})
    EXPECT_NE(text.out.find(part), std::string::npos) << part << "\n" << text.out;
  const json::value parsed = json::parse(luqsim("inspect t.safetensors --json").out);
  std::uint64_t codes = 0;
  for (const json::value& count : parsed.at_pointer("/records/1/a/samples/0/histogram").as_array())
    codes += count.to_number<std::uint64_t>();
  EXPECT_EQ(codes, 10U * 14U);
}

TEST_F(App, ValidateSaysWhatDiffersAndWhy) {
  const std::string bytes = write_trace();
  const ProgramResult good = luqsim("validate t.safetensors --junit good.xml");
  EXPECT_EQ(good.exit_code, 0) << good.err;
  EXPECT_NE(good.out.find("3 records, "), std::string::npos) << good.out;
  EXPECT_NE(good.out.find("all bit-exact\n"), std::string::npos) << good.out;
  EXPECT_NE(read("good.xml").find("tests=\"3\" failures=\"0\""), std::string::npos) << read("good.xml");

  const Trace trace = Trace::open(file("t.safetensors"));
  const Record& record = trace.records()[1];
  std::string bad = bytes;
  const auto codes = trace.codes(record.a).bytes;
  const std::size_t at = bytes.find(std::string(codes.begin(), codes.end()));
  bad[at] = static_cast<char>(bad[at] ^ 1);
  write("bad.safetensors", bad);
  const ProgramResult result = luqsim("validate bad.safetensors --diagnose --junit bad.xml");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_NE(result.out.find("DIFFER dgrad"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("codes " + record.a.codes[0] + ": 1 of "), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("first [0, 0]: x = 0x"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find(": unexplained; closest is the specification, which leaves 1 differences"),
            std::string::npos)
      << result.out;
  EXPECT_NE(read("bad.xml").find("failures=\"1\""), std::string::npos) << read("bad.xml");

  const ProgramResult as_json = luqsim("validate bad.safetensors --diagnose --json");
  EXPECT_EQ(as_json.exit_code, 1);
  const json::object root = json::parse(as_json.out).as_object();
  EXPECT_EQ(root.at("schema").as_string(), "luqsim-validation-1");
  const json::object& second = root.at("records").as_array()[1].as_object();
  EXPECT_EQ(second.at("diagnoses").as_array()[0].as_object().at("left").as_int64(), 1);

  expect_bad_input("validate nothing.safetensors", "nothing.safetensors");
  expect_bad_input("validate t.safetensors --threads 0", "--threads");
  const ProgramResult unwritable = luqsim("validate t.safetensors --junit no/such/folder.xml");
  EXPECT_EQ(unwritable.exit_code, 2);
  EXPECT_NE(unwritable.err.find("no/such/folder.xml"), std::string::npos) << unwritable.err;
}

TEST_F(App, BadArchitecturesAndArguments) {
  write_trace();
  write("unknown.yaml", "extends: " LUQSIM_SOURCE_DIR "/configs/arch/default.yaml\narray: {colums: 3}\n");
  expect_bad_input("run unknown.yaml t.safetensors",
                   "unknown.yaml:2:9: unknown key array.colums; did you mean array.cols?");
  expect_bad_input("run default t.safetensors --set array.rows=0", "array.rows: 0; wanted an integer from 1 to 1024");
  expect_bad_input("run default t.safetensors --set array.rows=1000000000",
                   "array.rows: 1000000000; wanted an integer from 1 to 1024");
  expect_bad_input("run default none.safetensors", "none.safetensors");
  expect_bad_input("run none.yaml t.safetensors", "none.yaml: cannot be read");
  expect_bad_input("run default .", "regular file");
  expect_bad_input("fly", "not expected: fly");
  expect_bad_input("run default t.safetensors --no-such-option", "no-such-option");
  expect_bad_input("run default t.safetensors -o t.safetensors", "t.safetensors");
  EXPECT_EQ(luqsim("--help").exit_code, 0);
  EXPECT_EQ(luqsim("run --help").exit_code, 0);
  EXPECT_NE(luqsim("run --help").out.find("Example"), std::string::npos);
  EXPECT_NE(luqsim("version").out.find("luqsim 0."), std::string::npos);
  EXPECT_NO_THROW(json::parse(luqsim("schema").out));
}

TEST_F(App, EveryCommandOfTheHelpHasAnExample) {
  std::istringstream help(luqsim("--help").out);
  std::size_t commands = 0;
  bool listed = false;
  for (std::string line; std::getline(help, line);) {
    listed = listed && !line.empty();
    if (listed) {
      const std::string name = line.substr(2, line.find(' ', 2) - 2);
      EXPECT_NE(luqsim(name + " --help").out.find("\nExample: luqsim " + name), std::string::npos) << name;
      ++commands;
    }
    listed = listed || line == "Subcommands:";
  }
  EXPECT_EQ(commands, 12U);
  EXPECT_EQ(luqsim("--version").out, luqsim("version").out);
}

TEST_F(App, ListNamesWhatIsBundled) {
  EXPECT_TRUE(luqsim("list designs").out.starts_with("default\n"));
  EXPECT_EQ(luqsim("list traces").out, "char-gpt\ndigits-cnn\ndigits-mlp\n");
  EXPECT_NE(luqsim("list").out.find("recipes (luqtrain --recipe):\n  char-gpt\n"), std::string::npos);
  expect_bad_input("list nothing", "nothing");
}

TEST_F(App, ADesignExtendsABundledOneByName) {
  write("mine.yaml", "extends: default\nname: mine\n");
  EXPECT_TRUE(luqsim("area mine.yaml").out.starts_with("mine: "));
  write("sweep.yaml", "base: mine.yaml\nworkloads: [digits-mlp]\ngrid: {array.rows: [8]}\n");
  EXPECT_EQ(luqsim("sweep sweep.yaml -o sweep.sqlite").exit_code, 0);
  write("bad.yaml", "extends: none\n");
  expect_bad_input("area bad.yaml", "none: cannot be read");
}

TEST_F(App, TruncatedTracesAreErrorsAtEveryLength) {
  const std::string bytes = write_trace();
  for (std::size_t sixteenth = 0; sixteenth < 16; ++sixteenth) {
    write("cut.safetensors", bytes.substr(0, bytes.size() * sixteenth / 16));
    expect_bad_input("run default cut.safetensors", "cut.safetensors");
  }
}

TEST_F(App, HostileHeaders) {
  const std::string good = write_trace();
  const auto with_header_size = [&](std::uint64_t size) {
    std::string bytes = good;
    std::memcpy(bytes.data(), &size, sizeof size);
    return bytes;
  };
  write("huge.safetensors", with_header_size(std::uint64_t{1} << 63));
  expect_bad_input("run default huge.safetensors", "huge.safetensors");
  write("all.safetensors", with_header_size(~std::uint64_t{0}));
  expect_bad_input("run default all.safetensors", "all.safetensors");

  const auto with_edit = [&](const std::string& from, const std::string& to) {
    std::string bytes = good;
    const std::size_t at = bytes.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    EXPECT_EQ(from.size(), to.size());
    return bytes.replace(at, from.size(), to);
  };
  write("dtype.safetensors", with_edit("\"dtype\":\"F32\"", "\"dtype\":\"F99\""));
  expect_bad_input("run default dtype.safetensors", "F99");
  write("overlap.safetensors", with_edit("\"data_offsets\":[560,", "\"data_offsets\":[556,"));
  expect_bad_input("run default overlap.safetensors", "overlap.safetensors");
  write("source.safetensors",
        with_edit("\\\"source\\\":\\\"fprop.a.source\\\"", "\\\"source\\\":\\\"fprop.a.sauce!\\\""));
  expect_bad_input("run default source.safetensors", "record 0 ('fprop'): a.source");
}

TEST_F(App, NanSourceIsNamed) {
  SKIP_WHERE_PROCESSES_THROW();
  std::string bytes = write_trace();
  const std::uint32_t nan = 0x7FC00000;
  std::memcpy(&bytes[test::tensor_offset(file("t.safetensors"), "fprop.a.source") + 4 * 7], &nan, sizeof nan);
  write("nan.safetensors", bytes);
  expect_bad_input("run default nan.safetensors", "record fprop, operand a, source fprop.a.source: element 7 is nan");
}

}  // namespace
}  // namespace luqsim

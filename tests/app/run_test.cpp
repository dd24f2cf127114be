// The command run: output, reports, checks, timelines.
#include <algorithm>
#include <map>

#include "luqsim_folder.h"

namespace luqsim {
namespace {

namespace json = boost::json;
using test::ProgramResult;
using test::without_command;
using RunCommand = test::LuqsimFolder;

TEST_F(RunCommand, PrintsTheSummaryAndWritesTheReport) {
  write_trace();
  const ProgramResult result = luqsim("run default t.safetensors");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.err, "");  // no progress bar in a pipe
  for (const char* text : {"15 of 15 tensors bit-exact", "fprop", "dgrad", "wgrad", "total", "TOPS", "area proxy",
                           "array cycles", "test network"})
    EXPECT_NE(result.out.find(text), std::string::npos) << text << "\n" << result.out;
  const json::value results = json::parse(read("luqsim-report/results.json"));
  EXPECT_EQ(results.at("schema"), "luqsim-results-5");
  EXPECT_EQ(results.at("accumulator"), "int24");
  EXPECT_EQ(results.at("exact_terms"), 18724);
  for (const json::value& part : results.at("area").as_array()) {
    double kinds = 0;
    for (const char* kind : {"combinational", "sequential", "sram"}) kinds += part.at(kind).to_number<double>();
    EXPECT_NEAR(part.at("gates").to_number<double>(), kinds, 1e-9 * kinds) << part.at("part");
  }
  EXPECT_EQ(results.at("paper_estimates").at(3).at("block"), "fp16 accumulator");
  EXPECT_EQ(results.at("paper_estimates").at(3).at("paper").to_number<double>(), 731);
  EXPECT_EQ(results.at("total").at("exact_tensors"), 15);
  EXPECT_EQ(results.at("records").as_array().size(), 3U);
  const std::string csv = read("luqsim-report/records.csv");
  EXPECT_EQ(std::ranges::count(csv, '\n'), 4);
  EXPECT_EQ(csv.find("id,layer,step,pass,m,n,k,"), 0U);
}

TEST_F(RunCommand, WritesThePage) {
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

TEST_F(RunCommand, APageWithAFixedDateIsTheSameAgain) {
  write_trace();
  const auto page = [this](const std::string& seconds) {
    EXPECT_EQ(luqsim("run default t.safetensors -o r", "SOURCE_DATE_EPOCH=" + seconds).exit_code, 0);
    return read("r/index.html");
  };
  const std::string old = page("951827696");  // 29 February 2000, 12:34:56 UTC
  EXPECT_NE(old.find("2000-02-29"), std::string::npos);
  EXPECT_TRUE(page("951827696") == old);
  EXPECT_EQ(page("0").find("2000-02-29"), std::string::npos);
}

TEST_F(RunCommand, JsonIsTheSameAsTheReport) {
  write_trace();
  const ProgramResult result = luqsim("run default t.safetensors --json -o elsewhere");
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(json::parse(result.out), json::parse(read("elsewhere/results.json")));
}

TEST_F(RunCommand, AFlippedBitGivesRecordElementBothValuesAndExit1) {
  std::string bytes = write_trace();
  bytes[test::tensor_offset(file("t.safetensors"), "wgrad.out") + 4 * 119] ^= 1;
  write("flipped.safetensors", bytes);
  const ProgramResult result = luqsim("run default flipped.safetensors");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_NE(result.out.find("14 of 15 tensors bit-exact"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("record wgrad, out: 1 of 120 differ; element 119: expected 0x"), std::string::npos)
      << result.out;
}

TEST_F(RunCommand, InexactDesignExits1) {
  std::mt19937 random(9);
  TraceWriter writer(file("long.safetensors"), {.backend = "cpu"});
  test::add_random_record(writer, "d", {.pass = Pass::dgrad, .m = 4, .n = 4, .k = 20000, .mean = 8}, random);
  writer.commit();
  EXPECT_EQ(luqsim("run default long.safetensors").exit_code, 0);
  EXPECT_EQ(luqsim("run mf-bprop-fp16 long.safetensors").exit_code, 1);
  EXPECT_EQ(luqsim("run default long.safetensors --set array.accumulator=int16").exit_code, 1);
}

TEST_F(RunCommand, BothFidelitiesGiveTheSameResults) {
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

TEST_F(RunCommand, TimelineHasEverySpanOfTheResults) {
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

TEST_F(RunCommand, LayersByShapeRunAndImport) {
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

TEST_F(RunCommand, CompatScalesimCountsAsScaleSim) {
  write("net.csv", "Layer, M, N, K,\nfc, 256, 128, 256,\n");
  const ProgramResult run = luqsim("run default net.csv --passes fprop --set compat=scalesim");
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_NE(run.out.find("for 10175 cycles"), std::string::npos) << run.out;
  EXPECT_NE(run.out.find("as SCALE-Sim v3 counts them"), std::string::npos);
  expect_bad_input("run default net.csv --set compat=scalesim --set array.lanes=2", "compat: scalesim; wanted none");
}

}  // namespace
}  // namespace luqsim

// Sweep files: what is refused and where, and which points they give.
#include "luqsim/arch/sweep_file.h"

#include <fstream>
#include <set>

#include <gtest/gtest.h>

#include "temporary_folder.h"

namespace luqsim {
namespace {

namespace fs = std::filesystem;

class SweepFileTest : public testing::Test {
 protected:
  SweepFile read(const std::string& text) const {
    std::ofstream(folder_ / "s.yaml") << text;
    return read_sweep_file(folder_ / "s.yaml");
  }
  std::vector<SweepPoint> points(const std::string& text) const { return expand(read(text)); }

  // The message, from the file's name on.
  std::string error(const std::string& text) const {
    try {
      read(text);
    } catch (const ArchitectureError& e) {
      const std::string message = e.what();
      return message.substr(message.find("s.yaml"));
    }
    return "";
  }
  // Of a file of which all but this is right.
  std::string error_after(const std::string& rest) const { return error("base: b\nworkloads: [w]\n" + rest); }
  std::string error_with(const std::string& rest) const { return error_after("grid: {array.rows: [1]}\n" + rest); }

  test::TemporaryFolder folder_;
};

std::string text_of(const std::vector<SweepPoint>& points) {
  std::string text;
  for (const SweepPoint& point : points) {
    for (const DesignSetting& s : point) text += s.key + "=" + s.value + " ";
    text += "\n";
  }
  return text;
}

TEST_F(SweepFileTest, ErrorsNameLineColumnKeyAndWhatWasWanted) {
  const std::string rows = "array.rows: 0; wanted an integer from 1 to 1024";
  EXPECT_EQ(error_after("grid:\n  array.rows: [16, 0]\n"), "s.yaml:4:20: " + rows);
  EXPECT_EQ(error_after("list:\n  - {array.rows: 0}\n"), "s.yaml:4:18: " + rows);
  EXPECT_EQ(error_after("random: {points: 1, seed: 1, keys: {array.rows: [0]}}\n"), "s.yaml:3:50: " + rows);
  EXPECT_EQ(error_after("random: {points: 1, seed: 1, keys: {array.rows: {from: 0, to: 4}}}\n"),
            "s.yaml:3:56: " + rows);
  EXPECT_EQ(error_after("grid: {array.row: [16]}\n"), "s.yaml:3:8: unknown key array.row; did you mean array.rows?");
  EXPECT_EQ(error_after("grid: {array: [16]}\n"), "s.yaml:3:8: array: a section; wanted one of its keys");
  EXPECT_EQ(error_after("list: [{array.row: 16}]\n"), "s.yaml:3:9: unknown key array.row; did you mean array.rows?");
  EXPECT_EQ(error_after("grid: {array.rows: 16}\n"),
            "s.yaml:3:20: array.rows: no list, or an empty one; wanted a list of values, at least one");
  EXPECT_EQ(error_after("grid: {array.rows: [16, 16]}\n"), "s.yaml:3:25: array.rows: 16 stands twice; wanted once");
  EXPECT_EQ(error_after("grid: {array.rows: [16], array.rows: [8]}\n"),
            "s.yaml:3:26: array.rows stands twice; wanted once");
  EXPECT_EQ(error_after("grid: {array.rows: [[16]]}\n"), "s.yaml:3:21: array.rows: wanted an integer from 1 to 1024");
  EXPECT_EQ(error_after("grid: {}\n"), "s.yaml:3:7: grid: no keys; wanted at least one");
  EXPECT_EQ(error_after(""), "s.yaml:1:1: no points; wanted grid, list or random");
  EXPECT_EQ(error("workloads: [w]\n"), "s.yaml:1:1: missing key base; wanted the name or the file of a design");
  EXPECT_EQ(error("base: b\n"), "s.yaml:1:1: missing key workloads; wanted a list of traces or layers");
  EXPECT_EQ(error("base: b\nbase: c\n"), "s.yaml:2:1: base stands twice; wanted once");
  EXPECT_EQ(error_with("colour: red\n"),
            "s.yaml:4:1: unknown key colour; wanted one of: base, workloads, grid, list, random, constraints, metrics, "
            "pareto");
  EXPECT_EQ(error_after("random: {points: 1, seed: 1, keys: {array.rows: {from: 8, to: 4}}}\n"),
            "s.yaml:3:63: array.rows.to: 4; wanted at least 8, where the range begins");
  EXPECT_EQ(error_after("random: {points: 1, seed: 1, keys: {array.dataflow: {from: os, to: ws}}}\n"),
            "s.yaml:3:53: array.dataflow: a range; wanted a list of values, each one of: os, ws, is");
  EXPECT_EQ(error_after("random: {points: 0, seed: 1, keys: {array.rows: [1]}}\n"),
            "s.yaml:3:18: random.points: 0; wanted an integer from 1 to 1000000");
  EXPECT_EQ(error_after("random: {points: 1, keys: {array.rows: [1]}}\n"),
            "s.yaml:3:9: missing key random.seed; wanted an integer");
  EXPECT_EQ(error("base: b\nworkloads: [{trace: w, batch: 0}]\n"),
            "s.yaml:2:31: workloads.batch: 0; wanted an integer from 1 to 16777216");
  EXPECT_EQ(error("base: b\nworkloads: [{trace: w, passes: [up]}]\n"),
            "s.yaml:2:33: workloads.passes: up; wanted each of fprop, dgrad, wgrad at most once");
  EXPECT_EQ(error("base: b\nworkloads: [w, w]\n"), "s.yaml:2:16: workloads: w stands twice; wanted once");
  for (const char* wrong : {"area_mm2 <=", "area_mm2 <= two", "area_mm2 <= 2 mm2", "area_mm2<=2", "area_mm2 ~ 2",
                            "area_mm2 <= nan", "area_mm2 <= inf", "2 >= area_mm2"})
    EXPECT_EQ(error_with("constraints: [" + std::string(wrong) + "]\n").find("s.yaml:4:15: constraints: "), 0U)
        << wrong;
  EXPECT_EQ(
      error_with("constraints: [beauty <= 2]\n").find("s.yaml:4:15: constraints: beauty is no metric; wanted one of"),
      0U);
  EXPECT_EQ(error_with("metrics: [cycles, beauty]\n").find("s.yaml:4:19: metrics: beauty is no metric"), 0U);
  EXPECT_EQ(error_with("pareto: [cycles]\n"), "s.yaml:4:10: pareto: cycles; wanted min METRIC or max METRIC");
  EXPECT_EQ(error_with("pareto: [min cycles, max cycles]\n"), "s.yaml:4:22: pareto: cycles stands twice; wanted once");
  EXPECT_NE(error("a: [1, 2\n").find("not YAML"), std::string::npos);
  EXPECT_NE(error("- 1\n").find("s.yaml:1:1: the file: no keys"), std::string::npos);
  EXPECT_NE(error("").find("s.yaml"), std::string::npos);
  const std::string many = "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]";
  std::string grid = "grid: {array.rows: " + many;
  for (const char* key : {"array.cols", "array.lanes", "dram.burst", "dram.latency", "quantizer.units"})
    grid += ", " + std::string(key) + ": " + many;
  EXPECT_EQ(error_after(grid + "}\n"), "s.yaml:3:7: grid: too many points; wanted at most 1000000");
}

TEST_F(SweepFileTest, MessagesAreOneShortLine) {
  const std::string text = "wanted a text that is not empty and has no control characters", escape = "\"\\e[2J\\x9b\"";
  const std::string shown = "\\x1b[2J\\xc2\\x9b";
  EXPECT_EQ(error_with(escape + ": 1\n").find("s.yaml:4:1: unknown key " + shown + "; wanted one of: base"), 0U);
  EXPECT_EQ(error_with(escape + ": 1\n" + escape + ": 1\n"), "s.yaml:5:1: " + shown + " stands twice; wanted once");
  EXPECT_EQ(error_after("random: {points: " + escape + ", seed: 1, keys: {array.rows: [1]}}\n"),
            "s.yaml:3:18: random.points: " + shown + "; wanted an integer from 1 to 1000000");
  for (const char* list : {"metrics", "constraints", "pareto"})
    EXPECT_EQ(
        error_with(std::string(list) + ": [" + escape + "]\n").substr(7),
        "4:" + std::to_string(std::string(list).size() + 4) + ": " + std::string(list) + ": " + shown + "; " + text);
  EXPECT_EQ(error("base: " + escape + "\n"), "s.yaml:1:7: base: " + shown + "; " + text);
  EXPECT_EQ(error("base: b\nworkloads: [" + escape + "]\n"), "s.yaml:2:13: workloads: " + shown + "; " + text);
  EXPECT_EQ(error_after("grid: {name: [" + escape + "]}\n"), "s.yaml:3:15: name: " + shown + "; " + text);
  const std::string long_text(500, 'x');
  for (const std::string& rest : {long_text + ": 1\n", "metrics: [" + long_text + "]\n",
                                  "pareto: [" + long_text + "]\n", "constraints: [" + long_text + "]\n"}) {
    const std::string message = error_with(rest);
    EXPECT_NE(message.find("xxx..."), std::string::npos) << message;
    EXPECT_LT(message.size(), 700U) << message;
  }
}

TEST_F(SweepFileTest, GridListAndRandomFollowEachOther) {
  const auto found = points(
      "base: b\nworkloads: [w]\ngrid: {array.rows: [1, 2], array.dataflow: [os, ws]}\nlist: [{array.cols: 3}, {}]\n"
      "random: {points: 2, seed: 1, keys: {array.rows: {from: 5, to: 5}}}\n");
  EXPECT_EQ(text_of(found),
            "array.rows=1 array.dataflow=os \narray.rows=1 array.dataflow=ws \narray.rows=2 array.dataflow=os \n"
            "array.rows=2 array.dataflow=ws \narray.cols=3 \n\narray.rows=5 \narray.rows=5 \n");
}

TEST_F(SweepFileTest, RandomPointsFollowTheSeedAndFillTheirRanges) {
  const auto text = [](int seed) {
    return "base: b\nworkloads: [w]\nrandom: {points: 400, seed: " + std::to_string(seed) +
           ", keys: {array.rows: {from: 8, to: 25, step: 4}, clock_ghz: {from: 0.5, to: 2}, array.dataflow: [os, "
           "is]}}\n";
  };
  const auto found = points(text(7));
  std::set<std::string> rows, dataflows;
  double low = 9, high = 0;
  for (const SweepPoint& point : found) {
    rows.insert(point[0].value);
    low = std::min(low, std::stod(point[1].value));
    high = std::max(high, std::stod(point[1].value));
    dataflows.insert(point[2].value);
  }
  EXPECT_EQ(rows, (std::set<std::string>{"8", "12", "16", "20", "24"}));
  EXPECT_EQ(dataflows, (std::set<std::string>{"os", "is"}));
  EXPECT_GE(low, 0.5);
  EXPECT_LE(high, 2);
  EXPECT_LT(low, 0.52);
  EXPECT_GT(high, 1.98);
  EXPECT_EQ(text_of(found), text_of(points(text(7))));
  EXPECT_NE(text_of(found), text_of(points(text(8))));
  // The same everywhere and for ever: databases are resumed by it.
  EXPECT_EQ(text_of({found[0]}), "array.rows=8 clock_ghz=1.9239518043389663 array.dataflow=os \n");
}

TEST_F(SweepFileTest, DefaultsAndComparisons) {
  const SweepFile sweep = read("base: b\nworkloads: [w]\nlist: [{}]\nconstraints: [cycles < 5, area_mm2 >= 0.5]\n");
  EXPECT_EQ(sweep.objectives.size(), 2U);
  EXPECT_EQ(sweep.metrics.size(), 5U);
  EXPECT_EQ(sweep.constraints[1].bound, 0.5);
  const auto holds = [](Relation c, double value) { return Constraint{Metric::cycles, c, 5, ""}.holds(value); };
  const auto all = [&](Relation c) { return std::vector<bool>{holds(c, 4), holds(c, 5), holds(c, 6)}; };
  EXPECT_EQ(all(Relation::less), (std::vector<bool>{true, false, false}));
  EXPECT_EQ(all(Relation::at_most), (std::vector<bool>{true, true, false}));
  EXPECT_EQ(all(Relation::more), (std::vector<bool>{false, false, true}));
  EXPECT_EQ(all(Relation::at_least), (std::vector<bool>{false, true, true}));
  EXPECT_EQ(all(Relation::equal), (std::vector<bool>{false, true, false}));
}

TEST(CanonicalText, SaysADesignCompletely) {
  const std::vector<std::string> changes{"array.lanes=4", "quantizer.rng_bits=3", "clock_ghz=0.1",
                                         "schedule.k_tile=64"};
  const fs::path file = LUQSIM_CONFIGS "/arch/default.yaml";
  const std::string text = canonical_text(load_architecture(file, changes));
  EXPECT_EQ(canonical_text(from_canonical_text(text)), text);
  for (const char* line : {"array.lanes=4\n", "quantizer.rng_bits=3\n", "clock_ghz=0.1\n", "schedule.k_tile=64\n",
                           "array.overflow=wrap\n", "schedule.stream_tile=0\n"})
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
  EXPECT_EQ(text.find("quantizer.alpha"), std::string::npos) << text;  // as recorded
  // A default that is said is the same design.
  EXPECT_EQ(canonical_text(load_architecture(file, std::vector<std::string>{"array.overflow=wrap"})),
            canonical_text(load_architecture(file)));
  const std::string lines = canonical_text(load_architecture(file, std::vector<std::string>{"name=a\\n=c"}));
  EXPECT_EQ(from_canonical_text(lines).name, "a\\n=c");
  EXPECT_THROW(from_canonical_text("array.rows\n"), ArchitectureError);
  EXPECT_THROW(from_canonical_text("array.rows=8\n"), ArchitectureError);
}

TEST(BaseDesign, RefusesAPointWithTheParsersMessage) {
  const BaseDesign base(LUQSIM_CONFIGS "/arch/default.yaml");
  const std::vector<DesignSetting> small{{"buffers.out.bytes", "64", "s.yaml:4:1"}};
  const Design refused = base.with(small);
  EXPECT_FALSE(refused.architecture);
  EXPECT_EQ(refused.refusal,
            "s.yaml:4:1: buffers.out.bytes: 64; wanted room for a fold's outputs, 4096 bytes, in each half");
  EXPECT_TRUE(base.with({}).architecture);
  EXPECT_THROW(BaseDesign("none.yaml"), ArchitectureError);
}

}  // namespace
}  // namespace luqsim

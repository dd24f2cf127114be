// Verdicts, best figures, the Pareto front, the sentence, and what is refused.
#include "luqsim/reports/comparison.h"

#include <fstream>
#include <type_traits>

#include <boost/describe.hpp>
#include <boost/mp11.hpp>
#include <gtest/gtest.h>

#include "luqsim/reports/report.h"
#include "luqsim/traces/record.h"

#include "run_results.h"
#include "temporary_folder.h"

namespace luqsim {
namespace {

using test::run_result;

void expect_refused(const std::vector<RunResult>& results, const std::string& reason) {
  try {
    compare(results);
    FAIL() << "not refused: " << reason;
  } catch (const ResultsError& e) {
    EXPECT_NE(std::string(e.what()).find(reason), std::string::npos) << e.what();
  }
}

TEST(Comparison, FiguresFollowFromTheResults) {
  const auto c =
      compare({run_result({.name = "a"}), run_result({.name = "b", .cycles = 2000, .square_millimeters = 0.25})});
  const Verdict& b = c.verdicts[1];
  const double tera_ops = 2e-3 * 32768 / 2000;
  EXPECT_DOUBLE_EQ(b.tera_ops.value, tera_ops);
  EXPECT_DOUBLE_EQ(b.iso_area_tera_ops.value, 4 * tera_ops);
  EXPECT_DOUBLE_EQ(b.tera_ops_per_mm2.value, 4 * tera_ops);
  EXPECT_DOUBLE_EQ(b.picojoules_per_mac.value, (3e6 + 1e3) / 32768);
  EXPECT_DOUBLE_EQ(b.milliseconds, 0.002);
  EXPECT_TRUE(b.exact());
}

TEST(Comparison, TheBestOfEachColumnIsMarkedAndOnlyWhereTheyDiffer) {
  const auto c = compare({run_result({.name = "fast", .cycles = 1000, .square_millimeters = 4}),
                          run_result({.name = "small", .cycles = 2000, .square_millimeters = 1}),
                          run_result({.name = "fast too", .cycles = 1000, .square_millimeters = 8, .mismatching = 1})});
  const auto& v = c.verdicts;
  EXPECT_TRUE(v[0].cycles.best && v[2].cycles.best && !v[1].cycles.best);
  EXPECT_TRUE(v[1].tera_ops_per_mm2.best && v[1].iso_area_tera_ops.best && !v[0].tera_ops_per_mm2.best);
  EXPECT_TRUE(v[0].mismatching_tensors.best && v[1].mismatching_tensors.best && !v[2].mismatching_tensors.best);
  for (const Verdict& verdict : v) EXPECT_FALSE(verdict.picojoules_per_mac.best) << "all are the same";
  const auto one = compare({run_result({})});
  for (Figure Verdict::*figure : verdict_figures) EXPECT_FALSE((one.verdicts[0].*figure).best);
}

TEST(Comparison, TheFrontHoldsWhatNothingBeatsInBoth) {
  const auto c = compare({run_result({.name = "fast", .cycles = 1000, .square_millimeters = 4}),
                          run_result({.name = "small", .cycles = 3000, .square_millimeters = 1}),
                          run_result({.name = "between", .cycles = 2000, .square_millimeters = 2}),
                          run_result({.name = "beaten", .cycles = 2000, .square_millimeters = 3}),
                          run_result({.name = "as small, slower", .cycles = 3001, .square_millimeters = 1}),
                          run_result({.name = "the same", .cycles = 2000, .square_millimeters = 2})});
  const std::vector<bool> expected{true, true, true, false, false, true};
  for (std::size_t i = 0; i < expected.size(); ++i)
    EXPECT_EQ(c.verdicts[i].on_front, expected[i]) << c.verdicts[i].design;
}

TEST(Comparison, TheSentenceNamesTheWinnerAndWhatTheOthersLoseBy) {
  const auto c = compare({run_result({.name = "large", .square_millimeters = 3}), run_result({.name = "good"}),
                          run_result({.name = "slow", .cycles = 5000, .stall = "bank_conflict"})});
  EXPECT_EQ(
      c.sentence,
      "good wins with 0.0655 TOPS/mm2 (28 nm proxy), bit-exact; large needs 3 times the area, for accumulators above "
      "all; slow takes 5 times the cycles, for waiting for bank conflict above all.");
}

TEST(Comparison, ADesignThatIsNotExactDoesNotWinOverOneThatIs) {
  const auto c = compare(
      {run_result({.name = "wrong", .square_millimeters = 0.5, .mismatching = 1}), run_result({.name = "right"})});
  EXPECT_EQ(
      c.sentence,
      "right wins with 0.0655 TOPS/mm2 (28 nm proxy), bit-exact; wrong has 2 times its throughput for the area, but 1 "
      "of its 2 tensors differ.");
  const auto none = compare({run_result({.name = "a", .mismatching = 2}), run_result({.name = "b", .mismatching = 1})});
  EXPECT_EQ(none.sentence, "a and b tie with 0.0655 TOPS/mm2 (28 nm proxy), with 2 of 2 tensors not bit-exact.");
}

TEST(Comparison, OneDesignIsSummedUp) {
  EXPECT_EQ(
      compare({run_result({.name = "alone", .cycles = 4000, .stall = "statistics"})}).sentence,
      "alone runs the trace in 0.004 ms at 0.0164 effective TOPS, bit-exact; the largest part of the array's cycles, "
      "75%, goes to the quantizer's statistics.");
}

TEST(Comparison, DesignsOfOneNameAreNumbered) {
  const auto c = compare({run_result({}), run_result({}), run_result({})});
  EXPECT_EQ(c.verdicts[0].design, "design");
  EXPECT_EQ(c.verdicts[2].design, "design (3)");
}

TEST(Comparison, NothingToDivideByIsNotKnown) {
  RunResult empty = run_result({});
  empty.records.clear();
  empty.passes.clear();
  empty.total = {};
  empty.square_millimeters.clear();
  empty.clock_ghz = 0;
  const auto c = compare({empty, empty});
  EXPECT_FALSE(c.verdicts[0].tera_ops_per_mm2.known);
  EXPECT_FALSE(c.verdicts[0].picojoules_per_mac.known);
  EXPECT_FALSE(c.verdicts[0].mismatching_tensors.known);
}

TEST(Comparison, ResultsOfOtherThingsAreRefused) {
  expect_refused({}, "none");
  const RunResult first = run_result({.name = "first"}), good = run_result({.name = "other"});
  const auto refused = [&](auto change, const std::string& reason) {
    RunResult other = good;
    change(other);
    expect_refused({first, other}, reason);
  };
  refused([](RunResult& r) { r.schema = "luqsim-results-0"; },
          "other: schema: luqsim-results-0; wanted luqsim-results-5");
  refused([](RunResult& r) { r.tool_version = "9"; }, "other: tool_version: 9; wanted 1.2.3");
  refused([](RunResult& r) { r.compat = "scalesim"; }, "other: compat: scalesim; wanted none");
  refused([](RunResult& r) { r.trace_file = "u.safetensors"; }, "other: trace: u.safetensors; wanted t.safetensors");
  refused([](RunResult& r) { r.provenance["network"] = "x"; }, "other: provenance.network: x; wanted a network");
  refused([](RunResult& r) { r.provenance.clear(); }, "provenance.backend: empty; wanted cpu");
  refused([](RunResult& r) { r.trace_digest.back() = '0'; }, "other: trace_digest: 0123456789abcdef0123456789abcde0");
  refused([](RunResult& r) { r.records.clear(); }, "other: records: 0; wanted 1");
  refused([](RunResult& r) { r.records[0].n = 64; }, "record 0: record (dgrad, 32 x 64 x 32");
  RunResult elsewhere = good;
  elsewhere.trace_file = "t.safetensors";
  EXPECT_NO_THROW(compare({first, elsewhere}));
}

TEST(ReadResults, GivesWhatWasWritten) {
  const test::TemporaryFolder folder;
  const RunResult result = run_result({.mismatching = 1});
  write_report(result, folder / "r");
  const RunResult read = read_results((folder / "r/results.json").string());
  EXPECT_EQ(results_json(read), results_json(result));
  EXPECT_EQ(read.records, result.records);
}

TEST(ReadResults, SaysWhatIsWrong) {
  const test::TemporaryFolder folder;
  const auto expect_error = [&](const std::string& text, const std::string& reason) {
    std::ofstream(folder / "r.json") << text;
    try {
      read_results((folder / "r.json").string());
      FAIL() << reason;
    } catch (const ResultsError& e) {
      EXPECT_NE(std::string(e.what()).find("r.json: " + reason), std::string::npos) << e.what();
    }
  };
  expect_error("", "not JSON");
  expect_error("{\"schema\"", "not JSON");
  expect_error("[]", "schema: missing; wanted luqsim-results-5");
  expect_error("{\"schema\": 3}", "schema: missing");
  expect_error("{\"schema\": \"luqsim-results-2\"}", "schema: luqsim-results-2; wanted luqsim-results-5");
  expect_error("{\"schema\": \"\\u001b\"}", "schema: \\x1b; wanted luqsim-results-5");
  expect_error("{\"schema\": \"luqsim-results-5\"}", "tool_version: missing; wanted this key (docs/results.md)");
  EXPECT_THROW(read_results((folder / "none.json").string()), ResultsError);
  EXPECT_THROW(read_results((folder / "").string()), ResultsError);
}

// Every number of the longest.
template <class T>
T longest_numbers() {
  T all;
  boost::mp11::mp_for_each<boost::describe::describe_members<T, boost::describe::mod_public>>([&](auto member) {
    auto& value = all.*member.pointer;
    if constexpr (std::is_same_v<decltype(value), std::uint64_t&>) value = ~std::uint64_t{0};
    if constexpr (std::is_same_v<decltype(value), double&>) value = -1.2345678901234567e-308;
  });
  return all;
}

TEST(ReadResults, TakesAsManyRecordsAsATraceHas) {
  constexpr std::uint64_t most = ~std::uint64_t{0};
  auto record = longest_numbers<RecordResult>();
  record.id = record.layer = std::string(220, 'x');  // a layer's longest name, numbered, with a pass
  record.pass = "fprop";
  record.a_format = record.b_format = "fp4_radix4";
  record.a_histogram = record.b_histogram = std::vector(16, most);
  for (int i = 0; i < 7; ++i) record.energy["random numbers" + std::to_string(i)] = -1.2345678901234567e-308;
  std::map<std::string, std::uint64_t> cycles;
  for (int i = 0; i < 10; ++i) cycles["bank_conflict" + std::to_string(i)] = most;
  record.units.assign(6, {"quantizer", cycles});
  record.checks.assign(5, {"a codes", most, most, "element 1099511627775: expected 0x12345678, got 0x12345678"});
  record.output_errors = longest_numbers<OutputErrors>();
  record.output_errors.ulp_counts.assign(32, most);
  auto layer = longest_numbers<Summary>();
  layer.name = record.layer;
  layer.energy = record.energy;
  layer.units = record.units;
  RunResult result = run_result({});
  const std::size_t one = results_json(result).size();
  result.records.push_back(record);
  result.layers.push_back(layer);
  const std::size_t two = results_json(result).size();
  EXPECT_LE(one + record_limit * (two - one), results_limit) << two - one;
}

TEST(ReadResults, FilesMayHaveAnyName) {
  RunResult result = run_result({});
  result.command = "luqsim run 'a\nb.yaml'";
  result.architecture_file = "a\nb.yaml";
  result.trace_file = "\x1b.safetensors";
  EXPECT_EQ(parse_results(results_json(result), "r").trace_file, result.trace_file);
  expect_refused({run_result({}), result}, "trace: \\x1b.safetensors; wanted t.safetensors");
}

TEST(ConsoleComparison, MarksTheBest) {
  const std::string text =
      console_summary(compare({run_result({.name = "a", .cycles = 2000}), run_result({.name = "b"})}));
  EXPECT_NE(text.find("0.0655*"), std::string::npos) << text;
  EXPECT_NE(text.find("b wins"), std::string::npos) << text;
}

TEST(ReadResults, NamesKeyValueAndWhatWasWanted) {
  const std::string good = results_json(run_result({.name = "a", .cycles = 2000}));
  EXPECT_EQ(results_json(parse_results(good, "r")), good);
  const auto expect_error = [&](const std::string& from, const std::string& to, const std::string& message) {
    std::string text = good;
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
    try {
      parse_results(text, "r.json");
      ADD_FAILURE() << message;
    } catch (const ResultsError& e) {
      EXPECT_EQ(std::string(e.what()).substr(0, 8 + message.size()), "r.json: " + message) << e.what();
    }
  };
  expect_error("\"clock_ghz\":", "\"clock_ghz\":true,\"other\":", "clock_ghz: true; wanted a number");
  expect_error("\"macs_per_cycle\":", "\"macs_per_cycle\":-1,\"other\":",
               "macs_per_cycle: -1; wanted an integer from 0 to 2^64 - 1");
  expect_error("\"macs_per_cycle\":", "\"macs_per_cycle\":1,\"other\":", "other: unknown key; wanted one of schema, ");
  expect_error("\"total\":{", "\"total\":{\"other\":1,", "total.other: unknown key; wanted one of name, records, ");
  expect_error("\"total\":{\"name\":", "\"total\":{\"label\":", "total.name: missing; wanted this key");
  expect_error("\"records\":[", "\"records\":[7,", "records[0]: 7; wanted an object");
  expect_error("\"macs_per_cycle\":", "\"\\u001b\\u009b\":1,\"macs_per_cycle\":",
               "\\x1b\\xc2\\x9b: unknown key; wanted one of schema");
  expect_error("\"tool_version\":\"1.2.3\"", "\"tool_version\":[\"\\u009b\"]",
               "tool_version: [\"\\xc2\\x9b\"]; wanted a text");
  expect_error("\"architecture\":\"a\"", "\"architecture\":\"\\u001b\"",
               "architecture: \"\\u001b\"; wanted a text without control characters");
  expect_error("\"settings\":{", "\"settings\":{\"n\":\"\\u009b\",",
               "settings.n: \"\\xc2\\x9b\"; wanted a text without control characters");
  expect_error("\"dram\":", "\"d\\nram\":true,\"other\":", "total.energy.d\\x0aram: true; wanted a number");
  expect_error(
      "\"exact_terms\":", "\"exact_terms\":-1,\"other\":", "exact_terms: -1; wanted an integer from 0 to 2^64 - 1");
  expect_error("\"sequential\":", "\"registers\":", "area[0].sequential: missing; wanted this key");
  expect_error("\"area\":[", "\"area\":null,\"other\":[", "area: null; wanted an array");
}

}  // namespace
}  // namespace luqsim

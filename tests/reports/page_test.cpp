// The page as text; browser_test.py opens one.
#include "luqsim/reports/page.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <system_error>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "luqsim/reports/comparison.h"
#include "luqsim/reports/report.h"

#include "contents.h"
#include "run_results.h"
#include "temporary_folder.h"
#include "text.h"

namespace luqsim {
namespace {

using test::run_result;

constexpr const char* hostile = "</script><img src=x onerror=alert(1)>\"'&{{js}}";

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++n;
  return n;
}

boost::json::value data_of(const std::string& page) {
  const std::string begin = "<script type=\"application/json\" id=\"data\">";
  const std::size_t at = page.find(begin) + begin.size();
  return boost::json::parse(page.substr(at, page.find("</script>", at) - at));
}

TEST(Page, HoldsEverySectionInOrder) {
  const std::string page = html_page({run_result({.name = "a"}), run_result({.name = "b", .mismatching = 1})}, {});
  std::size_t last = 0;
  for (const char* id : {"verdict-section", "pareto", "stalls", "roofline", "area", "energy", "records-section",
                         "agreement", "ulps", "codes", "zeros", "settings", "provenance", "commands"}) {
    const std::size_t at = page.find("<section id=\"" + std::string(id) + "\"");
    ASSERT_NE(at, std::string::npos) << id;
    EXPECT_GT(at, last) << id;
    last = at;
  }
  EXPECT_LT(page.size(), 3U << 20);
  for (const char* name : {"charts", "css", "data", "facts", "footer", "heading", "js", "navigation", "sections",
                           "title", "vega", "vega_lite", "vega_embed"})
    EXPECT_EQ(count(page, "{{" + std::string(name) + "}}"), 0U) << name << " is not filled in";
}

// Rounded to binary64 they are 2^64, more than the integer can hold.
TEST(Page, ShowsTheLargestCounts) {
  RunResult r = run_result({.name = "a"});
  r.total.cycles = r.total.tensors = UINT64_MAX;
  r.total.exact_tensors = 0;
  const std::string page = html_page({r}, {}), most = grouped(UINT64_MAX);
  EXPECT_NE(page.find(">" + most + "<"), std::string::npos);
  EXPECT_NE(page.find(most + " of " + most + " differ"), std::string::npos);
}

TEST(Page, EscapesEveryName) {
  RunResult r = run_result({.name = hostile, .mismatching = 1, .record = hostile});
  for (RecordResult& record : r.records) record.pass = hostile;
  for (Summary& pass : r.passes) pass.name = hostile;
  for (TensorCheck& check : r.records[0].checks) check.tensor = check.first_mismatch = hostile;
  r.records[0].units[0].cycles = {{hostile, 1000}};
  r.passes[0].units = r.total.units = r.records[0].units;
  r.area.push_back({hostile, 1, 1, 0, 0});
  r.accumulator = hostile;
  r.paper_estimates.push_back({hostile, 1, 1});
  r.total.energy[hostile] = 1;
  r.settings[hostile] = hostile;
  r.provenance[hostile] = hostile;
  r.command = r.trace_file = r.architecture_file = r.tool_version = hostile;
  RunResult other = r;
  other.settings[hostile] = "other";
  for (const auto& results : {std::vector{r}, std::vector{r, other}}) {
    const std::string page = html_page(results, {.command = hostile, .date = hostile});
    EXPECT_EQ(page.find("<img src=x"), std::string::npos);
    EXPECT_EQ(count(page, "</script>"), count(html_page({run_result({})}, {}), "</script>"));
    const auto data = data_of(page);
    EXPECT_EQ(data.at("datasets").at("designs").at(0).at("label").as_string(),
              results.size() == 1 ? std::string(hostile) : "1 " + std::string(hostile));
  }
}

TEST(Page, MarksTheBestByMoreThanColour) {
  const std::string page = html_page({run_result({.name = "a", .cycles = 2000}), run_result({.name = "b"})}, {});
  const std::size_t at = page.find("</th>", page.find("2 b"));
  const std::string row = page.substr(at, page.find("</tr>", at) - at);
  EXPECT_NE(row.find("class=\"number best\" data-value=\"1000\">1,000<span class=\"for-readers\"> best</span>"),
            std::string::npos)
      << row;
}

TEST(Page, DataGoesToTheCharts) {
  const auto data = data_of(html_page({run_result({.name = "a"}), run_result({.name = "b", .cycles = 3000})}, {}));
  const auto& sets = data.at("datasets").as_object();
  EXPECT_EQ(data.at("designs"), (boost::json::array{"1 a", "2 b"}));
  EXPECT_EQ(data.at("activities"), (boost::json::array{"busy", "dram_read"}));
  EXPECT_EQ(sets.at("stalls").as_array().size(), 3U) << "what never happened is left out";
  EXPECT_EQ(sets.at("roofline").as_array().size(), 4U) << "a record and a pass of each design";
  EXPECT_EQ(sets.at("roofs").as_array().size(), 3U) << "both designs have one roof";
  EXPECT_EQ(sets.at("zeros").as_array().size(), 2U) << "both designs have the same codes";
  EXPECT_EQ(sets.at("zeros").at(0).at("designs").as_string(), "1 a, 2 b");
  for (const char* chart : {"area", "codes", "energy", "pareto", "roofline", "stalls", "zeros"})
    EXPECT_TRUE(data.at("specs").at(chart).is_object()) << chart;
  EXPECT_FALSE(data.at("specs").as_object().contains("ulps")) << "all is bit-exact";
}

TEST(Page, AreaIsLogicFlipFlopsAndMemoryBesideTheAccumulator) {
  RunResult rounding = run_result({.name = "b"});
  rounding.accumulator = "fp32";
  rounding.exact_terms.reset();
  const std::string page = html_page({run_result({.name = "a"}), rounding}, {});
  const std::size_t at = page.find("<section id=\"area\"");
  const std::string section = page.substr(at, page.find("</section>", at) - at);
  // The cells of a table's row, from the text that it begins with on.
  const auto cells = [&](const std::string& begin) {
    const std::size_t first = section.find("<th scope=\"row\">" + begin);
    if (first == std::string::npos) return "no " + begin;
    return std::regex_replace(section.substr(first, section.find('\n', first) - first), std::regex("(<[^>]*>)+"), "|");
  };
  EXPECT_EQ(cells("1 a"), "|1 a|int24|18,724|250.0|750.0|1000.0|2000.0|");
  EXPECT_EQ(cells("2 b"), "|2 b|fp32|none|250.0|750.0|1000.0|2000.0|");
  EXPECT_EQ(cells("accumulators</th><td>1 a"), "|accumulators|1 a|250.0|750.0|0.0|1000.0|");
  EXPECT_EQ(cells("scratchpads</th><td>2 b"), "|scratchpads|2 b|0.0|0.0|1000.0|1000.0|");
  EXPECT_NE(section.find("as the paper estimates them"), std::string::npos);
  EXPECT_NE(section.find("MF-BPROP 49 (46)"), std::string::npos) << section;
}

TEST(Page, ErrorsOfOutputsAreShown) {
  const auto page = html_page({run_result({.name = "a"}), run_result({.name = "b", .mismatching = 1})}, {});
  const auto data = data_of(page);
  EXPECT_TRUE(data.at("specs").at("ulps").is_object());
  const auto& ulps = data.at("datasets").at("ulps").as_array();
  ASSERT_EQ(ulps.size(), 3U);
  EXPECT_EQ(ulps[1].at("label"), "2 b");
  EXPECT_EQ(ulps[1].at("ulps"), "2");
  EXPECT_EQ(ulps[1].at("elements"), 2);
  const std::size_t at = page.find("id=\"agreement-table\"");
  const std::string table = page.substr(at, page.find("</table>", at) - at);
  EXPECT_NE(table.find("data-value=\"5\">5<"), std::string::npos) << "the largest error" << table;
  EXPECT_NE(table.find(">60.5<"), std::string::npos) << table;
  EXPECT_NE(table.find(">17<"), std::string::npos) << "the first inexact sum" << table;
  EXPECT_NE(table.find(">none<"), std::string::npos) << "of the exact design" << table;
}

TEST(Page, WhatWasNotComparedIsNotSaidToAgree) {
  RunResult shapes = run_result({.name = "a"});
  for (RecordResult& r : shapes.records) r.checks.clear();
  const std::string page = html_page({shapes}, {});
  const std::size_t at = page.find("id=\"agreement-table\"");
  const std::string table = page.substr(at, page.find("</table>", at) - at);
  EXPECT_EQ(table.find(">none<"), std::string::npos) << table;
  std::size_t zeros = 0, dashes = 0;
  for (std::size_t i = table.find(">0<"); i != std::string::npos; i = table.find(">0<", i + 1)) ++zeros;
  for (std::size_t i = table.find(">-<"); i != std::string::npos; i = table.find(">-<", i + 1)) ++dashes;
  EXPECT_EQ(zeros, 1U) << "tensors compared" << table;
  EXPECT_EQ(dashes, 7U) << table;
}

TEST(Page, CodesAreSharesOfEachValue) {
  RunResult r = run_result({});
  r.records[0].b_histogram.assign(16, 0);
  r.records[0].b_histogram[0xB] = 3;  // -4
  r.records[0].b_histogram[0] = 1;
  const auto rows = data_of(html_page({r}, {})).at("datasets").at("codes").as_array();
  double share = 0;
  std::size_t of_b = 0;
  for (const auto& row : rows) {
    if (row.at("operand") != "dgrad B") continue;
    ++of_b;
    if (row.at("value").to_number<double>() == -4) share = row.at("share").to_number<double>();
  }
  EXPECT_EQ(share, 0.75);
  EXPECT_EQ(of_b, 15U) << "the second zero is left out";
}

TEST(Page, OneDesignHasNoFrontAndAllItsKeys) {
  const std::string page = html_page({run_result({})}, {.date = "2020-01-02"});
  EXPECT_EQ(page.find("<section id=\"pareto\""), std::string::npos);
  EXPECT_NE(page.find(">dram.bytes_per_cycle</th><td>64</td>"), std::string::npos);
  EXPECT_NE(page.find("2020-01-02"), std::string::npos);
  EXPECT_NE(page.find("<pre>luqsim run design</pre>"), std::string::npos);
}

TEST(Page, ShowsKeysThatDiffer) {
  RunResult other = run_result({.name = "b"});
  other.settings["array.rows"] = "32";
  other.settings["compat"] = "none";
  const std::string page = html_page({run_result({.name = "a"}), other}, {});
  const std::size_t at = page.find("id=\"differences\"");
  const std::string table = page.substr(at, page.find("</table>", at) - at);
  EXPECT_NE(table.find(">array.rows</th><td>16</td><td>32</td>"), std::string::npos) << table;
  EXPECT_NE(table.find(">compat</th><td>not given</td><td>none</td>"), std::string::npos) << table;
  EXPECT_EQ(table.find("dram.bytes_per_cycle"), std::string::npos) << table;
}

TEST(Page, ShapesAloneHaveNothingToCompare) {
  RunResult r = run_result({});
  r.total.tensors = r.total.exact_tensors = r.total.active_macs = 0;
  r.records[0].checks.clear();
  r.records[0].a_histogram.clear();
  r.records[0].b_histogram.clear();
  r.records[0].active_macs = 0;
  const std::string page = html_page({r}, {});
  EXPECT_NE(page.find("nothing to compare"), std::string::npos);
  EXPECT_EQ(page.find("<section id=\"zeros\""), std::string::npos);
}

TEST(Page, StaysSmallWithManyRecords) {
  RunResult r = run_result({});
  r.records.resize(20000, r.records.front());
  for (std::size_t i = 0; i < r.records.size(); ++i) r.records[i].cycles = 1000 + i;
  const std::string page = html_page({r, r, r}, {});
  EXPECT_LT(page.size(), 3U << 20);
  EXPECT_NE(page.find("The 2,500 rows with the most cycles of 60,000"), std::string::npos);
  EXPECT_NE(page.find(">20,999<"), std::string::npos);
}

TEST(Page, IsWritten) {
  const test::TemporaryFolder folder;
  write_page({run_result({})}, {}, folder / "a");
  EXPECT_TRUE(std::filesystem::exists(folder / "a/index.html"));
  EXPECT_THROW(write_page({}, {}, folder / "b"), ResultsError);
  EXPECT_FALSE(std::filesystem::exists(folder / "b"));
}

TEST(Page, ChartsAreWrittenAsFiles) {
  if (std::system("node --version > /dev/null 2>&1") != 0) GTEST_SKIP() << "no node; Debian's package is nodejs";
  const test::TemporaryFolder folder;
  write_charts({run_result({.name = "a <b>"}), run_result({.name = "b", .mismatching = 1})}, folder / "charts");
  std::set<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "charts"))
    files.insert(entry.path().filename().string());
  EXPECT_EQ(files, (std::set<std::string>{"area.svg", "codes.svg", "energy.svg", "pareto.svg", "roofline.svg",
                                          "stalls.svg", "ulps.svg", "zeros.svg"}));
  std::ifstream file(folder / "charts/stalls.svg");
  const std::string svg(std::istreambuf_iterator<char>(file), {});
  EXPECT_EQ(svg.rfind("<svg", 0), 0U);
  EXPECT_NE(svg.find("1 a &lt;b&gt;"), std::string::npos);
  EXPECT_NE(svg.find("cycles of the array"), std::string::npos);
}

TEST(Page, ChartsWithoutNodeAreAnError) {
  const test::TemporaryFolder folder;
  const std::string path = std::getenv("PATH");
  setenv("PATH", (folder / "").c_str(), 1);
  try {
    write_charts({run_result({})}, folder / "charts");
    ADD_FAILURE() << "no error";
  } catch (const std::system_error& e) {
    EXPECT_NE(std::string(e.what()).find("nodejs"), std::string::npos) << e.what();
  }
  setenv("PATH", path.c_str(), 1);
  EXPECT_TRUE(std::filesystem::is_empty(folder / "charts"));
}

}  // namespace
}  // namespace luqsim

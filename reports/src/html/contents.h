// What the parts of the page are made from, and the parts.
#pragma once
#include <string>
#include <vector>

#include <boost/json/array.hpp>

#include "luqsim/reports/comparison.h"
#include "luqsim/reports/page.h"

namespace luqsim {

struct Contents {
  const std::vector<RunResult>& results;
  const PageInfo& info;
  Comparison comparison;

  bool several() const { return results.size() > 1; }
  const std::string& design(std::size_t i) const { return comparison.verdicts[i].design; }
  // In charts and tables a design also has a number, so that colour is never all that tells it apart.
  std::string label(std::size_t i) const { return several() ? std::to_string(i + 1) + " " + design(i) : design(i); }
};

// Rows of the page at most; records.csv has all.
inline constexpr std::size_t most_record_rows = 2500, most_mismatch_rows = 200, most_chart_records = 40;

std::string verdict_table(const Contents& contents);
std::string stall_table(const Contents& contents);
std::string area_table(const Contents& contents);
// HTML.
std::string area_note(const Contents& contents);
std::string energy_table(const Contents& contents);
std::string record_table(const Contents& contents);
std::string agreement_tables(const Contents& contents);
std::string settings_tables(const Contents& contents);
std::string provenance_list(const Contents& contents);
std::string command_lines(const Contents& contents);

// The charts that these results fill, by the name of their file in reports/html/specs, in the order of the page.
std::vector<std::string> chart_names(const Contents& contents);
bool has_chart(const Contents& contents, const std::string& name);

// A chart with its button; `name` is that of a file in reports/html/specs.
std::string chart(const std::string& name, const std::string& label);

// What page.js reads: data sets, charts, orders. JSON that may stand in a script element.
std::string page_data(const Contents& contents);

// Rows of the chart of codes: shares of each value, by operand and design.
boost::json::array codes_data(const Contents& contents);

}  // namespace luqsim

#include <algorithm>
#include <map>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "luqsim/numerics/format.h"

#include "contents.h"

namespace luqsim {
namespace {

namespace json = boost::json;

// Codes of one operand over all records of a pass, by format and code.
struct OperandCodes {
  std::string operand;  // "fprop A"
  std::map<std::string, std::vector<std::uint64_t>> counts;
  bool operator==(const OperandCodes&) const = default;
};

std::vector<OperandCodes> operand_codes(const RunResult& r) {
  std::vector<OperandCodes> all;
  for (const Summary& pass : r.passes)
    for (const bool is_a : {true, false}) {
      OperandCodes codes{pass.name + (is_a ? " A" : " B"), {}};
      for (const RecordResult& record : r.records) {
        const auto& histogram = is_a ? record.a_histogram : record.b_histogram;
        if (record.pass != pass.name || histogram.empty()) continue;
        auto& counts = codes.counts[is_a ? record.a_format : record.b_format];
        counts.resize(std::max(counts.size(), histogram.size()));
        std::ranges::transform(histogram, counts, counts.begin(), std::plus{});
      }
      if (!codes.counts.empty()) all.push_back(std::move(codes));
    }
  return all;
}

void add_rows(json::array& rows, const OperandCodes& codes, const std::string& designs) {
  std::uint64_t all = 0;
  for (const auto& [format, counts] : codes.counts)
    for (const std::uint64_t count : counts) all += count;
  for (const auto& [name, counts] : codes.counts) {
    const auto format = from_name<Format>(name);
    if (!format) continue;  // results of other programs: nothing to decode with
    for (std::uint32_t code = 0; code < counts.size(); ++code) {
      const double value = decode(*format, code);
      if (counts[code] == 0 && value == 0) continue;  // the second zero of a format with a sign
      rows.push_back(
          {{"operand", codes.operand},
           {"format", name},
           {"value", value},
           {"count", counts[code]},
           {"share", static_cast<double>(counts[code]) / static_cast<double>(std::max<std::uint64_t>(1, all))},
           {"designs", designs}});
    }
  }
}

}  // namespace

// Designs whose quantizers give the same codes share a column.
json::array codes_data(const Contents& contents) {
  std::vector<std::pair<std::vector<OperandCodes>, std::vector<std::string>>> columns;
  for (std::size_t i = 0; i < contents.results.size(); ++i) {
    std::vector<OperandCodes> codes = operand_codes(contents.results[i]);
    if (codes.empty()) continue;
    const auto same = std::ranges::find(columns, codes, [](const auto& column) { return column.first; });
    if (same != columns.end())
      same->second.push_back(contents.label(i));
    else
      columns.emplace_back(std::move(codes), std::vector{contents.label(i)});
  }
  json::array rows;
  for (const auto& [codes, labels] : columns)
    for (const OperandCodes& operand : codes) add_rows(rows, operand, fmt::format("{}", fmt::join(labels, ", ")));
  return rows;
}

}  // namespace luqsim

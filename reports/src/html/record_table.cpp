#include <algorithm>

#include <fmt/format.h>

#include "luqsim/reports/report.h"

#include "contents.h"
#include "table.h"
#include "text.h"

namespace luqsim {
namespace {

struct Row {
  std::size_t design = 0;
  const RecordResult* record = nullptr;
};

// All records of all designs, or those with the most cycles where they are too many.
std::vector<Row> rows_of(const Contents& contents) {
  std::vector<Row> rows;
  for (std::size_t i = 0; i < contents.results.size(); ++i)
    for (const RecordResult& record : contents.results[i].records) rows.push_back({i, &record});
  if (rows.size() > most_record_rows) {
    std::ranges::stable_sort(rows, std::greater{}, [](const Row& row) { return row.record->cycles; });
    rows.resize(most_record_rows);
  }
  return rows;
}

// What the array did or waited for most.
std::string longest_activity(const RecordResult& r) {
  const auto array = std::ranges::find(r.units, "array", &UnitResult::unit);
  if (array == r.units.end() || array->cycles.empty() || r.cycles == 0) return "";
  const auto& [activity, cycles] =
      *std::ranges::max_element(array->cycles, {}, [](const auto& item) { return item.second; });
  return fmt::format("{} {:.0f}%", activity, 100 * static_cast<double>(cycles) / static_cast<double>(r.cycles));
}

double utilization(const RunResult& run, const RecordResult& r) {
  const double most = static_cast<double>(r.cycles) * static_cast<double>(run.macs_per_cycle);
  return most > 0 ? static_cast<double>(r.macs) / most : 0;
}

void add_row(Table& table, const Contents& contents, const Row& row) {
  const RecordResult& r = *row.record;
  const auto count = [&](std::uint64_t value) { table.number(static_cast<double>(value), grouped(value)); };
  const auto percent = [&](double share) { table.number(share, fmt::format("{:.1f}%", 100 * share)); };
  table.row({{"design", std::to_string(row.design)}, {"pass", r.pass}});
  if (contents.several()) table.cell(contents.label(row.design));
  table.cell(r.id);
  table.cell(r.layer);
  table.cell(r.pass);
  table.number(static_cast<double>(r.step), std::to_string(r.step));
  count(r.m);
  count(r.n);
  count(r.k);
  count(r.macs);
  count(r.cycles);
  count(r.quantize_cycles);
  percent(utilization(contents.results[row.design], r));
  table.cell(longest_activity(r));
  count(r.dram_read_bytes);
  count(r.dram_write_bytes);
  const auto differing = std::ranges::count_if(r.checks, [](const TensorCheck& c) { return c.mismatches > 0; });
  if (r.checks.empty())
    table.number(-1, "no tensors");
  else
    table.number(static_cast<double>(differing), fmt::format("{} of {}", differing, r.checks.size()));
}

std::string option(const std::string& value, const std::string& text) {
  return fmt::format("<option value=\"{}\">{}</option>", escaped(value), escaped(text));
}

std::string filter_form(const Contents& contents) {
  std::string form =
      "<form id=\"filters\" class=\"filters\"><label>Filter: words of a row<input name=\"words\" type=\"search\" "
      "autocomplete=\"off\"></label>";
  if (contents.several()) {
    form += "<label>Design<select name=\"design\">" + option("", "all");
    for (std::size_t i = 0; i < contents.results.size(); ++i) form += option(std::to_string(i), contents.label(i));
    form += "</select></label>";
  }
  form += "<label>Pass<select name=\"pass\">" + option("", "all");
  for (const Summary& pass : contents.results.front().passes) form += option(pass.name, pass.name);
  return form + "</select></label><output name=\"count\" aria-live=\"polite\"></output></form>\n";
}

}  // namespace

std::string record_table(const Contents& contents) {
  std::vector<TableColumn> columns;
  if (contents.several()) columns.push_back({"Design", "", false});
  for (const char* title : {"Record", "Layer", "Pass"}) columns.push_back({title, "", false});
  for (const char* title : {"Step", "M", "N", "K", "MACs", "Cycles", "Quantizing"})
    columns.push_back({title, "", true});
  columns.back().unit = "cycles";
  columns.push_back({"Utilization", "", true});
  columns.push_back({"Mostly", "of the array's cycles", false});
  columns.push_back({"Read", "DRAM bytes", true});
  columns.push_back({"Written", "DRAM bytes", true});
  columns.push_back({"Differing", "tensors", true});
  Table table("records", "Records", columns, Table::Kind::sortable);
  const std::vector<Row> rows = rows_of(contents);
  for (const Row& row : rows) add_row(table, contents, row);
  std::size_t all = 0;
  for (const RunResult& r : contents.results) all += r.records.size();
  const std::string left_out =
      rows.size() == all
          ? ""
          : fmt::format("<p class=\"note\">The {} rows with the most cycles of {}; records.csv has all.</p>",
                        grouped(rows.size()), grouped(all));
  return left_out + filter_form(contents) + table.html(false);
}

}  // namespace luqsim

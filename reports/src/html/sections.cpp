#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "luqsim/reports/report.h"

#include "contents.h"
#include "table.h"
#include "text.h"
#include "totals.h"

namespace luqsim {
namespace {

std::vector<TableColumn> design_columns(const Contents& contents, const std::string& first, const std::string& unit,
                                        bool number) {
  std::vector<TableColumn> columns{{first, "", false}};
  for (std::size_t i = 0; i < contents.results.size(); ++i) columns.push_back({contents.label(i), unit, number});
  return columns;
}

// Parts of every design, the largest first; then their sum.
std::string part_table(const Contents& contents, const std::string& caption, const std::string& unit,
                       const std::vector<std::map<std::string, double>>& parts, int digits) {
  std::map<std::string, double> largest;
  for (const auto& of_design : parts)
    for (const auto& [part, value] : of_design) largest[part] = std::max(largest[part], value);
  std::vector<std::pair<std::string, double>> ordered(largest.begin(), largest.end());
  std::ranges::stable_sort(ordered, std::greater{}, &std::pair<std::string, double>::second);
  Table table("", caption, design_columns(contents, "Part", unit, true));
  std::vector<double> sums(parts.size());
  const auto add = [&](double value) { table.number(value, fmt::format("{:.{}f}", value, digits)); };
  for (const auto& [part, most] : ordered) {
    table.row();
    table.name(part);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const auto found = parts[i].find(part);
      const double value = found == parts[i].end() ? 0 : found->second;
      sums[i] += value;
      add(value);
    }
  }
  table.row();
  table.name("sum");
  for (const double sum : sums) add(sum);
  return table.html();
}

std::string kilo(double gates) { return fmt::format("{:.1f}", gates / 1000); }

void add_gates(Table& table, const AreaResult& area) {
  for (const double gates : {area.combinational, area.sequential, area.sram, area.gates})
    table.number(gates, kilo(gates));
}

const std::vector<TableColumn> gate_columns{
    {"Combinational", "kGE", true}, {"Sequential", "kGE", true}, {"SRAM", "kGE", true}, {"Sum", "kGE", true}};

std::vector<TableColumn> with_gates(std::vector<TableColumn> columns) {
  columns.insert(columns.end(), gate_columns.begin(), gate_columns.end());
  return columns;
}

// Of what each design is made, beside its accumulator: a row a design.
std::string accumulator_table(const Contents& contents) {
  Table table("area-table", "Area and accumulator",
              with_gates({{"Design", "", false}, {"Accumulator", "", false}, {"Exact K", "products", true}}));
  for (std::size_t i = 0; i < contents.results.size(); ++i) {
    const RunResult& r = contents.results[i];
    AreaResult sum;
    for (const AreaResult& item : r.area) {
      sum.combinational += item.combinational;
      sum.sequential += item.sequential;
      sum.sram += item.sram;
      sum.gates += item.gates;
    }
    table.row();
    table.name(contents.label(i));
    table.cell(r.accumulator);
    table.number(static_cast<double>(r.exact_terms.value_or(0)), r.exact_terms ? grouped(*r.exact_terms) : "none");
    add_gates(table, sum);
  }
  return table.html();
}

// The parts of each design, the largest first.
std::string kind_table(const Contents& contents) {
  std::vector<TableColumn> names{{"Part", "", false}};
  if (contents.several()) names.push_back({"Design", "", false});
  Table table("", "Area of the parts", with_gates(names));
  for (std::size_t i = 0; i < contents.results.size(); ++i) {
    std::vector<AreaResult> parts = contents.results[i].area;
    std::ranges::stable_sort(parts, std::greater{}, &AreaResult::gates);
    for (const AreaResult& part : parts) {
      table.row();
      table.name(part.part);
      if (contents.several()) table.cell(contents.label(i));
      add_gates(table, part);
    }
  }
  return table.html();
}

std::set<std::string> setting_keys(const Contents& contents) {
  std::set<std::string> keys;
  for (const RunResult& r : contents.results)
    for (const auto& [key, value] : r.settings) keys.insert(key);
  return keys;
}

std::string setting(const RunResult& r, const std::string& key) {
  const auto found = r.settings.find(key);
  return found == r.settings.end() ? "not given" : found->second;
}

bool differs(const Contents& contents, const std::string& key) {
  return std::ranges::any_of(
      contents.results, [&](const RunResult& r) { return setting(r, key) != setting(contents.results.front(), key); });
}

std::string settings_table(const Contents& contents, const std::string& caption, bool only_differing) {
  Table table(only_differing ? "differences" : "", caption, design_columns(contents, "Key", "", false));
  bool any = false;
  for (const std::string& key : setting_keys(contents)) {
    if (only_differing && !differs(contents, key)) continue;
    any = true;
    table.row();
    table.name(key);
    for (const RunResult& r : contents.results) table.cell(setting(r, key));
  }
  return any ? table.html() : "<p class=\"note\">No key of the designs differs.</p>\n";
}

void term(std::string& list, const std::string& key, const std::string& value) {
  if (!value.empty()) list += fmt::format("<dt>{}</dt><dd>{}</dd>\n", escaped(key), escaped(value));
}

}  // namespace

std::string stall_table(const Contents& contents) {
  Table table("", "Cycles of the array",
              {{"Pass", "", false}, {"Design", "", false}, {"Cycles", "", true}, {"Spent on", "", false}});
  for (const Summary& first : contents.results.front().passes)
    for (std::size_t i = 0; i < contents.results.size(); ++i)
      for (const Summary& pass : contents.results[i].passes) {
        if (pass.name != first.name) continue;
        std::vector<std::pair<std::uint64_t, std::string>> parts;
        for (const auto& [activity, cycles] : array_activities(pass)) parts.emplace_back(cycles, activity);
        std::ranges::sort(parts, std::greater{});
        std::string text;
        for (const auto& [cycles, activity] : parts)
          text += fmt::format(
              "{}{} {:.1f}%", text.empty() ? "" : ", ", activity,
              100 * static_cast<double>(cycles) / static_cast<double>(std::max<std::uint64_t>(1, pass.cycles)));
        table.row();
        table.name(pass.name);
        table.cell(contents.label(i));
        table.number(static_cast<double>(pass.cycles), grouped(pass.cycles));
        table.cell(text);
      }
  return folded("Numbers", table.html());
}

std::string area_table(const Contents& contents) {
  std::vector<std::map<std::string, double>> parts;
  for (const RunResult& r : contents.results) {
    parts.emplace_back();
    for (const AreaResult& item : r.area) parts.back()[item.part] += item.gates / 1000;
  }
  const std::string sums = contents.several() ? part_table(contents, "Area", "kGE", parts, 1) : "";
  return accumulator_table(contents) + folded("Numbers", sums + kind_table(contents));
}

std::string area_note(const Contents& contents) {
  std::string text =
      "A proxy: NAND2 equivalents of synthesised Verilog. Exact K: the longest sum of the largest products that the "
      "accumulator surely holds; none where products are floating point.";
  std::vector<std::string> blocks;
  for (const EstimateResult& e : contents.results.front().paper_estimates)
    blocks.push_back(fmt::format("{} {:.0f} ({:.0f})", escaped(e.block), e.paper, e.synthesised));
  if (blocks.empty()) return text;
  return text + fmt::format(
                    " Gates as the paper estimates them (appendix A.8, as recalled, not re-read), and as synthesised "
                    "here: {}.",
                    fmt::join(blocks, ", "));
}

std::string energy_table(const Contents& contents) {
  std::vector<std::map<std::string, double>> parts;
  for (const RunResult& r : contents.results) {
    parts.emplace_back();
    for (const auto& [part, picojoules] : r.total.energy)
      if (r.total.useful_macs > 0) parts.back()[part] = picojoules / static_cast<double>(r.total.useful_macs);
  }
  return folded("Numbers", part_table(contents, "Energy", "pJ/MAC", parts, 3));
}

std::string settings_tables(const Contents& contents) {
  if (!contents.several()) return settings_table(contents, "Keys of the design", false);
  return settings_table(contents, "Keys that differ", true) +
         folded("All keys", settings_table(contents, "All keys of the designs", false));
}

std::string provenance_list(const Contents& contents) {
  const RunResult& first = contents.results.front();
  std::string list = "<dl>\n";
  term(list, "trace", first.trace_file);
  for (const auto& [key, value] : first.provenance) term(list, "trace, " + key, value);
  term(list, "records", grouped(first.records.size()));
  for (std::size_t i = 0; i < contents.results.size(); ++i)
    term(list, "design " + contents.label(i), contents.results[i].architecture_file);
  if (first.compat != "none") term(list, "cycles", "as " + first.compat + " counts them");
  term(list, "tool", "luqsim " + first.tool_version);
  term(list, "results", first.schema);
  term(list, "page made", contents.info.date);
  return list + "</dl>\n";
}

std::string command_lines(const Contents& contents) {
  std::vector<std::string> commands;
  for (const RunResult& r : contents.results)
    if (std::ranges::find(commands, r.command) == commands.end() && !r.command.empty()) commands.push_back(r.command);
  if (std::ranges::find(commands, contents.info.command) == commands.end() && !contents.info.command.empty())
    commands.push_back(contents.info.command);
  std::string text;
  for (const std::string& command : commands) text += "<pre>" + escaped(command) + "</pre>\n";
  return text.empty() ? "<p class=\"note\">The results do not say.</p>\n" : text;
}

}  // namespace luqsim

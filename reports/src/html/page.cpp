#include "luqsim/reports/page.h"

#include <algorithm>

#include <fmt/format.h>

#include "luqsim/reports/report.h"
#include "luqsim/traces/write_file.h"

#include "assets.h"
#include "contents.h"
#include "text.h"

namespace luqsim {
namespace {

struct Section {
  std::string id, title, note, body;
  bool half = false;  // two of them side by side where there is room
};

std::string section_html(const Section& s) {
  return fmt::format("<section id=\"{}\"{}>\n<h2>{}</h2>\n{}{}</section>\n", s.id, s.half ? " class=\"half\"" : "",
                     s.title, s.note.empty() ? "" : "<p class=\"note\">" + s.note + "</p>\n", s.body);
}

std::string front_note(const Contents& c) {
  std::vector<std::string> front;
  for (std::size_t i = 0; i < c.results.size(); ++i)
    if (c.comparison.verdicts[i].on_front) front.push_back(c.label(i));
  if (front.size() == 1)
    return escaped(front.front()) + " is as small and as fast as any: it alone is the Pareto front.";
  return "The dashed line is the Pareto front: it joins designs that no other beats in both.";
}

std::vector<Section> sections(const Contents& c) {
  const RunResult& first = c.results.front();
  const bool has_codes = has_chart(c, "codes");
  std::vector<Section> all;
  all.push_back(
      {"verdict-section", "Verdict", "",
       "<p class=\"sentence\">" + escaped(c.comparison.sentence) + "</p>\n" + verdict_table(c) +
           (c.several() ? "<p class=\"note\">★ best of the column. Iso-area throughput: what a design would do if as "
                          "much of it were built as fits the area of the first.</p>\n"
                        : "")});
  if (c.several())
    all.push_back({"pareto", "Area against time", front_note(c), chart("pareto", "Area against time"), true});
  all.push_back(
      {"stalls", "Where the cycles go",
       "Each cycle of the array, by what it did or waited for. Statistics and quantizer: operands are quantized first.",
       chart("stalls", "Where the cycles go") + stall_table(c)});
  all.push_back({"roofline", "Roofline",
                 first.records.size() <= most_chart_records
                     ? fmt::format("Small: records. Large: passes. The line is what bandwidth and array allow.{}",
                                   c.several() ? " Designs with equal cycles lie on one another." : "")
                     : "Passes only: there are too many records to show. The line is what bandwidth and array allow.",
                 chart("roofline", "Roofline"), true});
  all.push_back({"area", "Area", area_note(c), chart("area", "Area by part") + area_table(c), true});
  if (has_chart(c, "energy"))
    all.push_back({"energy", "Energy", "", chart("energy", "Energy by part") + energy_table(c), c.several()});
  all.push_back({"records-section", "Records", "", record_table(c)});
  all.push_back({"agreement", "Agreement with the trace",
                 has_codes ? "Operand codes, scales and outputs that the design computed, against those in the trace."
                           : "There is nothing to compare: the trace holds shapes alone, or the designs have other "
                             "formats than it has.",
                 has_codes ? agreement_tables(c) : ""});
  if (has_chart(c, "ulps"))
    all.push_back({"ulps", "How far outputs are off", "Outputs that differ from the trace's, by their distance.",
                   chart("ulps", "Outputs by their distance from the trace's")});
  if (has_codes)
    all.push_back({"codes", "Codes of the operands",
                   "Share of each value, in units of its tensor's scale, over all records of a pass.",
                   chart("codes", "Share of each code's value in the operands")});
  if (has_codes)
    all.push_back({"zeros", "Zeros in the operands",
                   first.records.size() <= most_chart_records
                       ? "Share of codes that are zero, by record."
                       : "Share of codes that are zero, by layer and pass (mean over MACs).",
                   chart("zeros", "Zeros in the operands")});
  all.push_back({"settings", c.several() ? "How the designs differ" : "The design", "", settings_tables(c)});
  all.push_back({"provenance", "Provenance", "", provenance_list(c)});
  all.push_back({"commands", "Command lines", "", command_lines(c)});
  return all;
}

std::string facts(const Contents& c) {
  const RunResult& first = c.results.front();
  std::string text = std::filesystem::path(first.trace_file).filename().string();
  for (const char* key : {"network", "dataset"}) {
    const auto found = first.provenance.find(key);
    if (found != first.provenance.end() && !found->second.empty()) text += ", " + found->second;
  }
  text += fmt::format(" · {} records, {} MACs", grouped(first.records.size()), grouped(first.total.macs));
  return c.info.date.empty() ? text : text + " · " + c.info.date;
}

}  // namespace

std::string html_page(const std::vector<RunResult>& results, const PageInfo& info) {
  const Contents contents{results, info, compare(results)};
  std::string body, navigation;
  for (const Section& section : sections(contents)) {
    body += section_html(section);
    navigation += fmt::format("<a href=\"#{}\">{}</a>\n", section.id, section.title);
  }
  const std::string heading =
      contents.several() ? fmt::format("{} designs compared", results.size()) : contents.design(0);
  return filled(asset_page_html, {{"title", escaped("luqsim: " + heading)},
                                  {"heading", escaped(heading)},
                                  {"facts", escaped(facts(contents))},
                                  {"navigation", navigation},
                                  {"sections", body},
                                  {"footer", "luqsim " + escaped(results.front().tool_version) +
                                                 ". Area and energy are proxies, to compare designs with; see "
                                                 "docs/area.md."},
                                  {"css", asset_page_css},
                                  {"charts", asset_charts_js},
                                  {"js", asset_page_js},
                                  {"vega", asset_vega},
                                  {"vega_lite", asset_vega_lite},
                                  {"vega_embed", asset_vega_embed},
                                  {"data", page_data(contents)}});
}

std::filesystem::path page_file(const std::filesystem::path& folder) { return folder / "index.html"; }

void write_page(const std::vector<RunResult>& results, const PageInfo& info, const std::filesystem::path& folder) {
  const std::string page = html_page(results, info);
  make_folder(folder);
  write_file(page_file(folder), page);
}

}  // namespace luqsim

#include <fmt/format.h>

#include "luqsim/reports/report.h"

#include "contents.h"
#include "table.h"
#include "text.h"

namespace luqsim {
namespace {

void add_figure(Table& table, const Figure& figure, const std::string& text) {
  if (figure.known)
    table.number(figure.value, text, figure.best);
  else
    table.cell("not known", "number");
}

void add_agreement(Table& table, const Verdict& v, const Summary& total) {
  if (!v.mismatching_tensors.known) return table.cell("nothing to compare");
  const std::string text =
      v.exact() ? std::string("✓ bit-exact")
                : fmt::format("✗ {} of {} differ", grouped(total.tensors - total.exact_tensors), grouped(v.tensors));
  const char* style = v.exact() ? "good" : "bad";
  if (v.mismatching_tensors.best)
    table.best(text, style);
  else
    table.cell(text, style);
}

}  // namespace

std::string verdict_table(const Contents& contents) {
  Table table("verdict", "Verdict",
              {{"Design", "", false},
               {"Throughput", "effective TOPS", true},
               {"Iso-area throughput", contents.several() ? "TOPS in the area of 1" : "TOPS", true},
               {"Density", "TOPS/mm², 28 nm", true},
               {"Energy", "pJ/MAC, 45 nm", true},
               {"Utilization", "of the array's MACs", true},
               {"Cycles", "", true},
               {"Agreement", "of tensors", false}});
  for (std::size_t i = 0; i < contents.results.size(); ++i) {
    const Verdict& v = contents.comparison.verdicts[i];
    const Summary& total = contents.results[i].total;
    table.row();
    table.name(contents.label(i), i);
    add_figure(table, v.tera_ops, fmt::format("{:.4f}", v.tera_ops.value));
    add_figure(table, v.iso_area_tera_ops, fmt::format("{:.4f}", v.iso_area_tera_ops.value));
    add_figure(table, v.tera_ops_per_mm2, fmt::format("{:.3f}", v.tera_ops_per_mm2.value));
    add_figure(table, v.picojoules_per_mac, fmt::format("{:.4g}", v.picojoules_per_mac.value));
    add_figure(table, v.utilization, fmt::format("{:.1f}%", 100 * v.utilization.value));
    add_figure(table, v.cycles, grouped(total.cycles));
    add_agreement(table, v, total);
  }
  return table.html();
}

}  // namespace luqsim

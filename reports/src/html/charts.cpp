#include <algorithm>

#include <fmt/format.h>

#include "contents.h"
#include "text.h"
#include "totals.h"

namespace luqsim {

std::vector<std::string> chart_names(const Contents& contents) {
  const auto any_record = [&](const auto& holds) {
    return std::ranges::any_of(contents.results,
                               [&](const RunResult& r) { return std::ranges::any_of(r.records, holds); });
  };
  std::vector<std::string> names;
  if (contents.several()) names.emplace_back("pareto");
  names.insert(names.end(), {"stalls", "roofline", "area"});
  if (std::ranges::any_of(contents.results, [](const RunResult& r) { return total_picojoules(r.total.energy) > 0; }))
    names.emplace_back("energy");
  if (any_record([](const RecordResult& r) { return !r.output_errors.ulp_counts.empty(); })) names.emplace_back("ulps");
  if (any_record([](const RecordResult& r) { return !r.a_histogram.empty(); }))
    names.insert(names.end(), {"codes", "zeros"});
  return names;
}

bool has_chart(const Contents& contents, const std::string& name) {
  const std::vector<std::string> names = chart_names(contents);
  return std::ranges::find(names, name) != names.end();
}

std::string chart(const std::string& name, const std::string& label) {
  return fmt::format(
      "<figure data-spec=\"{}\" aria-label=\"{}\"><div class=\"chart\"></div><button type=\"button\" "
      "class=\"save\">Save as "
      "SVG<span class=\"for-readers\">: {}</span></button></figure>\n",
      escaped(name), escaped(label), escaped(label));
}

}  // namespace luqsim

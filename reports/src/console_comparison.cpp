#include <algorithm>

#include <fmt/format.h>

#include "luqsim/reports/report.h"

namespace luqsim {
namespace {

// A figure, with a star where it is the best.
std::string figure(const Figure& f, const std::string& text) {
  return fmt::format("{}{}", f.known ? text : "-", f.best ? "*" : " ");
}

std::string agreement(const Verdict& v) {
  if (!v.mismatching_tensors.known) return "nothing to compare";
  return v.exact() ? "bit-exact" : fmt::format("{} of {} tensors differ", v.mismatching_tensors.value, v.tensors);
}

// The text in lines of at most `width` bytes, broken at spaces.
std::string wrapped(const std::string& text, std::size_t width) {
  std::string lines;
  std::size_t begin = 0;
  while (text.size() - begin > width) {
    std::size_t end = text.rfind(' ', begin + width);
    if (end == std::string::npos || end <= begin) end = text.find(' ', begin + width);
    if (end == std::string::npos) break;
    lines += text.substr(begin, end - begin) + "\n";
    begin = end + 1;
  }
  return lines + text.substr(begin) + "\n";
}

}  // namespace

std::string console_summary(const Comparison& comparison) {
  std::size_t width = 6;
  for (const Verdict& v : comparison.verdicts) width = std::max(width, v.design.size());
  std::string text = fmt::format("{:{}}{:>10}{:>10}{:>10}{:>9}{:>9}{:>10}  {}\n", "design", width, "TOPS ", "iso-area ",
                                 "TOPS/mm2 ", "pJ/MAC ", "utiliz. ", "cycles ", "agreement");
  for (const Verdict& v : comparison.verdicts)
    text += fmt::format("{:{}}{:>10}{:>10}{:>10}{:>9}{:>9}{:>10}  {}\n", v.design, width,
                        figure(v.tera_ops, fmt::format("{:.4f}", v.tera_ops.value)),
                        figure(v.iso_area_tera_ops, fmt::format("{:.4f}", v.iso_area_tera_ops.value)),
                        figure(v.tera_ops_per_mm2, fmt::format("{:.3f}", v.tera_ops_per_mm2.value)),
                        figure(v.picojoules_per_mac, fmt::format("{:.3g}", v.picojoules_per_mac.value)),
                        figure(v.utilization, fmt::format("{:.1f}%", 100 * v.utilization.value)),
                        figure(v.cycles, si(v.cycles.value)), agreement(v));
  return text + "\n" + wrapped(comparison.sentence, 110);
}

}  // namespace luqsim

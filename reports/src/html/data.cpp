#include <algorithm>
#include <array>
#include <set>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "assets.h"
#include "contents.h"
#include "text.h"
#include "totals.h"

namespace luqsim {
namespace {

namespace json = boost::json;

double share(double part, double whole) { return whole > 0 ? part / whole : 0; }

json::array designs(const Contents& contents) {
  json::array rows;
  for (std::size_t i = 0; i < contents.results.size(); ++i) {
    const Verdict& v = contents.comparison.verdicts[i];
    rows.push_back({{"label", contents.label(i)},
                    {"n", contents.several() ? std::to_string(i + 1) : ""},
                    {"mm2", v.square_millimeters},
                    {"ms", v.milliseconds},
                    {"tops", v.tera_ops.value},
                    {"agreement", !v.mismatching_tensors.known ? "nothing compared"
                                  : v.exact()                  ? "bit-exact"
                                                               : "not bit-exact"},
                    {"front", v.on_front}});
  }
  return rows;
}

// Useful work first, then what comes before it, then waiting.
constexpr std::array<std::string_view, 10> activity_order{"busy",          "statistics", "quantizer",  "fill",
                                                          "drain",         "dram_read",  "dram_write", "buffer_full",
                                                          "bank_conflict", "none"};

json::array activities(const Contents& contents) {
  std::set<std::string> present;
  for (const RunResult& r : contents.results)
    for (const auto& [activity, cycles] : array_activities(r.total)) present.insert(activity);
  json::array ordered;
  for (const std::string_view activity : activity_order)
    if (present.erase(std::string(activity)) > 0) ordered.push_back(json::string(activity));
  for (const std::string& other : present) ordered.push_back(json::string(other));
  return ordered;
}

json::array stalls(const Contents& contents) {
  json::array rows;
  for (std::size_t i = 0; i < contents.results.size(); ++i)
    for (const Summary& pass : contents.results[i].passes)
      for (const auto& [activity, cycles] : array_activities(pass))
        rows.push_back({{"label", contents.label(i)},
                        {"pass", pass.name},
                        {"activity", activity},
                        {"cycles", cycles},
                        {"order", std::ranges::find(activity_order, activity) - activity_order.begin()},
                        {"share", share(static_cast<double>(cycles), static_cast<double>(pass.cycles))}});
  return rows;
}

// Operations for each DRAM byte, and throughput.
struct RooflinePoint {
  double intensity = 0, tera_ops = 0;
};

RooflinePoint roofline_point(double macs, std::uint64_t bytes, std::uint64_t cycles, double clock_ghz) {
  return {share(2 * macs, static_cast<double>(bytes)), share(2 * macs * clock_ghz * 1e-3, static_cast<double>(cycles))};
}

void add_point(json::array& rows, const RooflinePoint& p, json::object about) {
  if (!(p.intensity > 0) || !(p.tera_ops > 0)) return;  // no place on logarithmic axes
  about["intensity"] = p.intensity;
  about["tops"] = p.tera_ops;
  rows.push_back(std::move(about));
}

json::array roofline(const Contents& contents) {
  json::array rows;
  for (std::size_t i = 0; i < contents.results.size(); ++i) {
    const RunResult& r = contents.results[i];
    if (r.records.size() <= most_chart_records)
      for (const RecordResult& record : r.records)
        add_point(rows,
                  roofline_point(static_cast<double>(record.macs), record.dram_read_bytes + record.dram_write_bytes,
                                 record.cycles, r.clock_ghz),
                  {{"label", contents.label(i)}, {"of", "record"}, {"name", record.id}, {"pass", record.pass}});
    for (const Summary& pass : r.passes)
      add_point(rows,
                roofline_point(static_cast<double>(pass.macs), pass.dram_read_bytes + pass.dram_write_bytes,
                               pass.cycles, r.clock_ghz),
                {{"label", contents.label(i)}, {"of", "pass"}, {"name", pass.name}, {"pass", pass.name}});
  }
  return rows;
}

double bytes_per_cycle(const RunResult& r) {
  const auto found = r.settings.find("dram.bytes_per_cycle");
  return found == r.settings.end() ? 0 : std::strtod(found->second.c_str(), nullptr);
}

// A line for each roof; designs share one where bandwidth and peak are the same.
json::array roofs(const Contents& contents, const json::array& points) {
  double least = 1e300, most = 0;
  for (const json::value& point : points) {
    least = std::min(least, point.at("intensity").to_number<double>());
    most = std::max(most, point.at("intensity").to_number<double>());
  }
  std::map<std::pair<double, double>, std::vector<std::string>> designs_of;
  for (std::size_t i = 0; i < contents.results.size(); ++i) {
    const RunResult& r = contents.results[i];
    const double peak = 2 * static_cast<double>(r.macs_per_cycle) * r.clock_ghz * 1e-3;
    const double slope = bytes_per_cycle(r) * r.clock_ghz * 1e-3;  // 10^12 bytes a second
    if (peak > 0 && slope > 0) designs_of[{peak, slope}].push_back(contents.label(i));
  }
  json::array rows;
  for (const auto& [roof, labels] : designs_of) {
    const auto& [peak, slope] = roof;
    const double ridge = peak / slope;
    const double from = std::min(least, ridge) / 2, to = std::max(most, ridge) * 2;
    for (const double intensity : {from, ridge, to})
      rows.push_back({{"roof", fmt::format("{}", fmt::join(labels, ", "))},
                      {"intensity", intensity},
                      {"tops", std::min(peak, intensity * slope)}});
  }
  return rows;
}

json::array area(const Contents& contents) {
  json::array rows;
  for (std::size_t i = 0; i < contents.results.size(); ++i)
    for (const AreaResult& item : contents.results[i].area)
      rows.push_back({{"label", contents.label(i)},
                      {"part", item.part},
                      {"gates", item.gates},
                      {"share", share(item.gates, total_gates(contents.results[i]))}});
  return rows;
}

json::array energy(const Contents& contents) {
  json::array rows;
  for (std::size_t i = 0; i < contents.results.size(); ++i) {
    const Summary& s = contents.results[i].total;
    for (const auto& [part, picojoules] : s.energy)
      if (picojoules > 0 && s.useful_macs > 0)  // the axis is logarithmic
        rows.push_back({{"label", contents.label(i)},
                        {"part", part},
                        {"picojoules", picojoules / static_cast<double>(s.useful_macs)},
                        {"share", share(picojoules, total_picojoules(s.energy))}});
  }
  return rows;
}

struct ZeroRow {
  std::string name;
  double a = 0, b = 0;
  bool operator==(const ZeroRow&) const = default;
};

// A row a record; where they are too many, a row for each layer and pass with the mean over its codes' products.
std::vector<ZeroRow> zero_rows(const RunResult& r) {
  std::vector<ZeroRow> rows;
  if (r.records.size() <= most_chart_records) {
    for (const RecordResult& record : r.records)
      rows.push_back({record.id, record.a_zero_fraction, record.b_zero_fraction});
    return rows;
  }
  std::map<std::string, std::size_t> index;
  std::vector<double> weights;
  for (const RecordResult& record : r.records) {
    const std::string name = record.layer + " " + record.pass;
    const auto [at, is_new] = index.emplace(name, rows.size());
    if (is_new) {
      rows.push_back({name});
      weights.push_back(0);
    }
    const double weight = static_cast<double>(record.macs);
    rows[at->second].a += weight * record.a_zero_fraction;
    rows[at->second].b += weight * record.b_zero_fraction;
    weights[at->second] += weight;
  }
  for (std::size_t i = 0; i < rows.size(); ++i)
    rows[i] = {rows[i].name, share(rows[i].a, weights[i]), share(rows[i].b, weights[i])};
  if (rows.size() > 2 * most_chart_records) rows.resize(2 * most_chart_records);
  return rows;
}

// Designs whose quantizers give the same codes share a column.
json::array zeros(const Contents& contents) {
  std::vector<std::pair<std::vector<ZeroRow>, std::vector<std::string>>> columns;
  for (std::size_t i = 0; i < contents.results.size(); ++i) {
    if (contents.results[i].total.tensors == 0 && contents.results[i].total.active_macs == 0) continue;  // no codes
    std::vector<ZeroRow> rows = zero_rows(contents.results[i]);
    const auto same = std::ranges::find(columns, rows, [](const auto& column) { return column.first; });
    if (same != columns.end())
      same->second.push_back(contents.label(i));
    else
      columns.emplace_back(std::move(rows), std::vector{contents.label(i)});
  }
  json::array values;
  for (const auto& [rows, labels] : columns)
    for (const ZeroRow& row : rows)
      for (const auto& [operand, fraction] : {std::pair("A", row.a), std::pair("B", row.b)})
        values.push_back({{"record", row.name},
                          {"operand", operand},
                          {"fraction", fraction},
                          {"designs", fmt::format("{}", fmt::join(labels, ", "))}});
  return values;
}

// Outputs that differ, over all records: a row for each power of two of their distance.
json::array ulps(const Contents& contents) {
  json::array rows;
  for (std::size_t i = 0; i < contents.results.size(); ++i) {
    std::vector<std::uint64_t> counts;
    std::uint64_t elements = 0;
    for (const RecordResult& r : contents.results[i].records) {
      for (const TensorCheck& c : r.checks)
        if (c.tensor == "out") elements += c.elements;
      counts.resize(std::max(counts.size(), r.output_errors.ulp_counts.size()));
      for (std::size_t bin = 0; bin < r.output_errors.ulp_counts.size(); ++bin)
        counts[bin] += r.output_errors.ulp_counts[bin];
    }
    for (std::size_t bin = 0; bin < counts.size(); ++bin)
      rows.push_back({{"label", contents.label(i)},
                      {"bin", bin},
                      {"ulps", bin < 10 ? std::to_string(1U << bin) : fmt::format("2^{}", bin)},
                      {"elements", counts[bin]},
                      {"share", share(static_cast<double>(counts[bin]), static_cast<double>(elements))}});
  }
  return rows;
}

json::object specs(const Contents& contents) {
  static const std::map<std::string, const char*> texts{
      {"area", asset_area},         {"codes", asset_codes},   {"energy", asset_energy}, {"pareto", asset_pareto},
      {"roofline", asset_roofline}, {"stalls", asset_stalls}, {"ulps", asset_ulps},     {"zeros", asset_zeros}};
  json::object all;
  for (const std::string& name : chart_names(contents)) all[name] = json::parse(texts.at(name));
  return all;
}

}  // namespace

std::string page_data(const Contents& contents) {
  json::array labels, passes;
  for (std::size_t i = 0; i < contents.results.size(); ++i) labels.push_back(json::string(contents.label(i)));
  for (const Summary& pass : contents.results.front().passes) passes.push_back(json::string(pass.name));
  json::array points = roofline(contents);
  json::array lines = roofs(contents, points);
  const json::object data{{"designs", labels},
                          {"passes", passes},
                          {"activities", activities(contents)},
                          {"specs", specs(contents)},
                          {"datasets",
                           {{"designs", designs(contents)},
                            {"stalls", stalls(contents)},
                            {"roofline", std::move(points)},
                            {"roofs", std::move(lines)},
                            {"area", area(contents)},
                            {"energy", energy(contents)},
                            {"ulps", ulps(contents)},
                            {"codes", codes_data(contents)},
                            {"zeros", zeros(contents)}}}};
  return script_json(json::serialize(data));
}

}  // namespace luqsim

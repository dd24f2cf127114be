// Sweeps in YAML. Strict: a key that is unknown, missing or there twice is an error, never a default.
#include "luqsim/arch/sweep_file.h"

#include <algorithm>
#include <initializer_list>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "luqsim/input/shown.h"

#include "fields.h"
#include "settings.h"
#include "to_number.h"
#include "yaml_file.h"

namespace luqsim {
namespace {

// A mapping's entries in the file's order, each key once.
struct Entry {
  std::string key;
  YAML::Node key_node, value;
};

class SweepReader {
 public:
  explicit SweepReader(const std::filesystem::path& path) : file_(path.string()) {}

  SweepFile read() {
    const YAML::Node root = load_yaml(file_, "a sweep YAML file", file_);
    const auto top = entries(root, "the file", "base: default, workloads: [digits-mlp], grid: {array.rows: [16, 32]}");
    allow(top, "", {"base", "workloads", "grid", "list", "random", "constraints", "metrics", "pareto"});
    SweepFile sweep;
    sweep.base = text(need(top, root, "", "base", "the name or the file of a design"), "base");
    read_workloads(need(top, root, "", "workloads", "a list of traces or layers"), sweep);
    bool any = false;
    for (const Entry& e : top) {
      any = any || e.key == "grid" || e.key == "list" || e.key == "random";
      if (e.key == "grid") read_grid(e.value, sweep);
      if (e.key == "list") read_list(e.value, sweep);
      if (e.key == "random") read_random(e.value, sweep);
      if (e.key == "constraints") read_constraints(e.value, sweep);
      if (e.key == "metrics") read_metrics(e.value, sweep);
      if (e.key == "pareto") read_objectives(e.value, sweep);
    }
    if (!any) fail(where(root), "no points; wanted grid, list or random");
    if (points_ > most_points) fail(where(root), fmt::format("{} points; wanted at most {}", points_, most_points));
    if (sweep.metrics.empty())
      sweep.metrics = {Metric::cycles, Metric::tera_ops, Metric::utilization, Metric::area_mm2, Metric::pj_per_mac};
    if (sweep.objectives.empty()) sweep.objectives = {{Metric::cycles, false}, {Metric::area_mm2, false}};
    return sweep;
  }

 private:
  std::string where(const YAML::Node& node) const { return luqsim::where(file_, node); }

  std::vector<Entry> entries(const YAML::Node& map, const std::string& what, const std::string& example) const {
    if (!map.IsMap()) fail(where(map), fmt::format("{}: no keys; wanted a mapping such as {{{}}}", what, example));
    std::vector<Entry> found;
    std::set<std::string> seen;
    for (const auto& e : map) {
      if (!e.first.IsScalar()) fail(where(e.first), "a key is no plain text");
      if (!seen.insert(e.first.Scalar()).second)
        fail(where(e.first), fmt::format("{} stands twice; wanted once", shown(e.first.Scalar())));
      found.push_back({e.first.Scalar(), e.first, e.second});
    }
    return found;
  }

  void allow(const std::vector<Entry>& found, const std::string& path,
             std::initializer_list<std::string_view> keys) const {
    for (const Entry& e : found)
      if (std::ranges::find(keys, e.key) == keys.end())
        fail(where(e.key_node),
             fmt::format("unknown key {}{}; wanted one of: {}", path, shown(e.key), fmt::join(keys, ", ")));
  }

  const YAML::Node& need(const std::vector<Entry>& found, const YAML::Node& map, const std::string& path,
                         std::string_view key, std::string_view wanted) const {
    const auto entry = std::ranges::find(found, key, &Entry::key);
    if (entry == found.end()) fail(where(map), fmt::format("missing key {}{}; wanted {}", path, key, wanted));
    return entry->value;
  }

  std::string text(const YAML::Node& node, const std::string& key) const { return text_of(file_, node, key); }

  std::uint64_t integer(const YAML::Node& node, const std::string& key, std::uint64_t min, std::uint64_t max) const {
    const std::string scalar = node.IsScalar() ? node.Scalar() : "not a number";
    const auto value = to_number<std::uint64_t>(scalar);
    if (!value || *value < min || *value > max)
      fail(where(node), fmt::format("{}: {}; wanted an integer from {} to {}", key, shown(scalar), min, max));
    return *value;
  }

  const YAML::Node& sequence(const YAML::Node& node, const std::string& key, std::string_view wanted) const {
    if (!node.IsSequence() || node.size() == 0)
      fail(where(node), fmt::format("{}: no list, or an empty one; wanted {}", key, wanted));
    return node;
  }

  void read_workloads(const YAML::Node& node, SweepFile& sweep) const {
    std::set<std::string> seen;
    for (const YAML::Node& item : sequence(node, "workloads", "a list of traces or layers, at least one")) {
      SweepWorkload workload;
      if (item.IsScalar()) {
        workload.name = text(item, "workloads");
      } else {
        const auto found = entries(item, "workloads", "trace: resnet50, batch: 4, passes: [fprop]");
        allow(found, "workloads.", {"trace", "batch", "passes"});
        workload.name = text(need(found, item, "workloads.", "trace", "a trace or layers"), "workloads.trace");
        for (const Entry& e : found) {
          if (e.key == "batch")
            workload.batch = static_cast<std::uint32_t>(integer(e.value, "workloads.batch", 1, 1U << 24));
          if (e.key == "passes") read_passes(e.value, workload);
        }
      }
      if (!seen.insert(fmt::format("{} {} {}", workload.name, workload.batch, fmt::join(workload.passes, ","))).second)
        fail(where(item), fmt::format("workloads: {} stands twice; wanted once", shown(workload.name)));
      sweep.workloads.push_back(std::move(workload));
    }
  }

  void read_passes(const YAML::Node& node, SweepWorkload& workload) const {
    static constexpr std::array<std::string_view, 3> passes{"fprop", "dgrad", "wgrad"};
    std::set<std::string> given;
    for (const YAML::Node& item : sequence(node, "workloads.passes", "some of: fprop, dgrad, wgrad")) {
      const std::string pass = text(item, "workloads.passes");
      if (std::ranges::find(passes, pass) == passes.end() || !given.insert(pass).second)
        fail(where(item),
             fmt::format("workloads.passes: {}; wanted each of fprop, dgrad, wgrad at most once", shown(pass)));
    }
    for (const std::string_view pass : passes)
      if (given.contains(std::string(pass))) workload.passes.emplace_back(pass);
  }

  DesignSetting setting(const std::string& key, const YAML::Node& key_node, const YAML::Node& value) const {
    if (!value.IsScalar()) {
      checked_key(key, key_node);
      fail(where(value.IsNull() ? key_node : value), fmt::format("{}: wanted {}", key, wanted(find_field(key)->type)));
    }
    const std::string at = where(find_field(key) == nullptr ? key_node : value);
    return {key, checked(key, value.Scalar(), at).scalar, at};
  }

  void checked_key(const std::string& key, const YAML::Node& node) const {
    if (find_field(key) == nullptr) checked(key, "", where(node));  // throws
  }

  ValueList values(const Entry& e) const {
    checked_key(e.key, e.key_node);
    ValueList list;
    std::set<std::string> seen;
    for (const YAML::Node& value : sequence(e.value, e.key, "a list of values, at least one")) {
      list.values.push_back(setting(e.key, e.key_node, value));
      if (!seen.insert(value.Scalar()).second)
        fail(where(value), fmt::format("{}: {} stands twice; wanted once", e.key, shown(value.Scalar())));
    }
    return list;
  }

  void read_grid(const YAML::Node& node, SweepFile& sweep) {
    std::uint64_t points = 1;
    const auto found = entries(node, "grid", "array.rows: [16, 32]");
    if (found.empty()) fail(where(node), "grid: no keys; wanted at least one");
    for (const Entry& e : found) {
      sweep.grid.push_back(values(e));
      points *= sweep.grid.back().values.size();
      if (points > most_points) fail(where(node), fmt::format("grid: too many points; wanted at most {}", most_points));
    }
    points_ += points;
  }

  void read_list(const YAML::Node& node, SweepFile& sweep) {
    for (const YAML::Node& item : sequence(node, "list", "a list of points such as {array.rows: 16}")) {
      SweepPoint point;
      for (const Entry& e : entries(item, "list", "array.rows: 16"))
        point.push_back(setting(e.key, e.key_node, e.value));
      sweep.list.push_back(std::move(point));
      ++points_;
    }
  }

  void read_random(const YAML::Node& node, SweepFile& sweep) {
    const auto found = entries(node, "random", "points: 20, seed: 1, keys: {array.rows: {from: 8, to: 64}}");
    allow(found, "random.", {"points", "seed", "keys"});
    RandomPoints random;
    random.count = integer(need(found, node, "random.", "points", "how many"), "random.points", 1, most_points);
    random.seed = integer(need(found, node, "random.", "seed", "an integer"), "random.seed", 0, ~std::uint64_t{0});
    const YAML::Node& keys = need(found, node, "random.", "keys", "keys of the design with lists or ranges");
    for (const Entry& e : entries(keys, "random.keys", "array.rows: {from: 8, to: 64}")) {
      checked_key(e.key, e.key_node);
      RandomKey key{e.key, where(e.value), {}};
      if (e.value.IsMap())
        key.values = range(e);
      else
        key.values = values(e);
      random.keys.push_back(std::move(key));
    }
    if (random.keys.empty()) fail(where(keys), "random.keys: no keys; wanted at least one");
    points_ += random.count;
    sweep.random = std::move(random);
  }

  ValueRange range(const Entry& e) const {
    const Field& field = *find_field(e.key);
    const bool integers = std::holds_alternative<IntegerType>(field.type);
    if (!integers && !std::holds_alternative<RealType>(field.type))
      fail(where(e.value), fmt::format("{}: a range; wanted a list of values, each {}", e.key, wanted(field.type)));
    const auto found = entries(e.value, e.key, "from: 8, to: 64");
    integers ? allow(found, e.key + ".", {"from", "to", "step"}) : allow(found, e.key + ".", {"from", "to"});
    const YAML::Node& from = need(found, e.value, e.key + ".", "from", "the smallest value");
    const YAML::Node& to = need(found, e.value, e.key + ".", "to", "the largest value");
    const std::string first = setting(e.key, e.key_node, from).value, last = setting(e.key, e.key_node, to).value;
    ValueRange range{.from = *to_number<double>(first), .to = *to_number<double>(last), .integers = integers};
    if (range.to < range.from)
      fail(where(to), fmt::format("{}.to: {}; wanted at least {}, where the range begins", e.key, last, first));
    if (integers) {
      range.first = *to_number<std::uint64_t>(first);
      range.last = *to_number<std::uint64_t>(last);
      for (const Entry& step : found)
        if (step.key == "step") range.step = integer(step.value, e.key + ".step", 1, most_points);
    }
    return range;
  }

  Metric metric(const std::string& name, const YAML::Node& node, const std::string& key) const {
    const auto found = from_name<Metric>(name);
    if (!found)
      fail(where(node), fmt::format("{}: {} is no metric; wanted one of: {}", key, shown(name), name_list<Metric>()));
    return *found;
  }

  // "area_mm2 <= 2": metric, comparison, number.
  void read_constraints(const YAML::Node& node, SweepFile& sweep) const {
    for (const YAML::Node& item : sequence(node, "constraints", "a list such as [area_mm2 <= 2]")) {
      const std::string whole = text(item, "constraints");
      const auto words = split(whole);
      const auto relation = words.size() == 3 ? from_name<Relation>(words[1]) : std::nullopt;
      const auto bound = words.size() == 3 ? to_number<double>(words[2]) : std::nullopt;
      if (!relation || !bound || !(*bound - *bound == 0))
        fail(where(item), fmt::format("constraints: {}; wanted METRIC COMPARISON NUMBER such as area_mm2 <= 2, the "
                                      "comparison one of: {}",
                                      shown(whole), name_list<Relation>()));
      sweep.constraints.push_back({metric(words[0], item, "constraints"), *relation, *bound, whole});
    }
  }

  void read_metrics(const YAML::Node& node, SweepFile& sweep) const {
    for (const YAML::Node& item : sequence(node, "metrics", "a list of metrics")) {
      const Metric m = metric(text(item, "metrics"), item, "metrics");
      if (std::ranges::find(sweep.metrics, m) != sweep.metrics.end())
        fail(where(item), fmt::format("metrics: {} stands twice; wanted once", name_of(m)));
      sweep.metrics.push_back(m);
    }
  }

  void read_objectives(const YAML::Node& node, SweepFile& sweep) const {
    for (const YAML::Node& item : sequence(node, "pareto", "a list such as [min cycles, min area_mm2]")) {
      const std::string whole = text(item, "pareto");
      const auto words = split(whole);
      if (words.size() != 2 || (words[0] != "min" && words[0] != "max"))
        fail(where(item), fmt::format("pareto: {}; wanted min METRIC or max METRIC", shown(whole)));
      const Metric m = metric(words[1], item, "pareto");
      if (std::ranges::find(sweep.objectives, m, &Objective::metric) != sweep.objectives.end())
        fail(where(item), fmt::format("pareto: {} stands twice; wanted once", name_of(m)));
      sweep.objectives.push_back({m, words[0] == "max"});
    }
  }

  static std::vector<std::string> split(const std::string& text) {
    std::vector<std::string> words;
    for (std::size_t i = 0; i < text.size();) {
      const std::size_t end = std::min(text.find(' ', i), text.size());
      if (end > i) words.push_back(text.substr(i, end - i));
      i = end + 1;
    }
    return words;
  }

  std::string file_;
  std::uint64_t points_ = 0;
};

}  // namespace

SweepFile read_sweep_file(const std::filesystem::path& path) { return SweepReader(path).read(); }

}  // namespace luqsim

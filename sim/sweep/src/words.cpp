#include "words.h"

#include <boost/json.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "luqsim/sweep/sweep.h"

namespace luqsim::sweep {
namespace {

namespace json = boost::json;

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t end = std::min(text.find(',', i), text.size());
    parts.push_back(text.substr(i, end - i));
    i = end + 1;
  }
  return parts;
}

Metric metric_of(const std::string& name) {
  const auto metric = from_name<Metric>(name);
  if (!metric) throw SweepError(fmt::format("database: {} is no metric; wanted one of: {}", name, name_list<Metric>()));
  return *metric;
}

}  // namespace

std::string words(const std::vector<Metric>& metrics) {
  std::vector<std::string_view> names;
  for (const Metric metric : metrics) names.push_back(name_of(metric));
  return fmt::format("{}", fmt::join(names, ","));
}

std::string words(const std::vector<Objective>& objectives) {
  std::vector<std::string> names;
  for (const Objective& o : objectives)
    names.push_back(fmt::format("{} {}", o.maximize ? "max" : "min", name_of(o.metric)));
  return fmt::format("{}", fmt::join(names, ","));
}

std::string settings_json(const std::vector<DesignSetting>& settings) {
  json::object object;
  for (const DesignSetting& s : settings) object[s.key] = s.value;
  return json::serialize(object);
}

std::vector<Metric> metrics_of(const std::string& words) {
  std::vector<Metric> metrics;
  for (const std::string& name : split(words)) metrics.push_back(metric_of(name));
  return metrics;
}

std::vector<Objective> objectives_of(const std::string& words) {
  std::vector<Objective> objectives;
  for (const std::string& word : split(words))
    objectives.push_back({metric_of(word.substr(std::min<std::size_t>(4, word.size()))), word.starts_with("max ")});
  return objectives;
}

std::vector<std::pair<std::string, std::string>> settings_of(const std::string& text) {
  boost::system::error_code error;
  const json::value root = json::parse(text, error);
  if (error || !root.is_object()) throw SweepError("database: settings: " + text + "; wanted a JSON object");
  std::vector<std::pair<std::string, std::string>> settings;
  for (const auto& [key, value] : root.as_object())
    settings.emplace_back(key, value.is_string() ? std::string(value.as_string()) : json::serialize(value));
  return settings;
}

std::string workload_text(const SweepWorkload& w) {
  std::string text = w.name;
  if (w.batch > 0) text += fmt::format(" batch {}", w.batch);
  if (!w.passes.empty()) text += fmt::format(" {}", fmt::join(w.passes, "+"));
  return text;
}

}  // namespace luqsim::sweep

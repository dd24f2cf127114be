#include "task.h"

#include <boost/json.hpp>

namespace luqsim::sweep {

namespace json = boost::json;

std::string to_text(const Task& t) {
  return json::serialize(json::object{{"number", t.number},
                                      {"design", t.design},
                                      {"base", t.base},
                                      {"file", t.file},
                                      {"batch", t.batch},
                                      {"passes", json::array(t.passes.begin(), t.passes.end())}});
}

Task task_of(const std::string& text) {
  const json::value root = json::parse(text);
  Task t{.number = root.at("number").to_number<std::uint64_t>(),
         .design = json::value_to<std::string>(root.at("design")),
         .base = json::value_to<std::string>(root.at("base")),
         .file = json::value_to<std::string>(root.at("file")),
         .batch = root.at("batch").to_number<std::uint32_t>()};
  for (const json::value& pass : root.at("passes").as_array()) t.passes.push_back(json::value_to<std::string>(pass));
  return t;
}

std::string to_text(const Outcome& o) {
  json::array metrics;
  for (const auto& value : o.metrics) metrics.push_back(value ? json::value(*value) : json::value());
  return json::serialize(json::object{
      {"number", o.number}, {"error", o.error}, {"crashed", o.crashed}, {"metrics", metrics}, {"results", o.results}});
}

Outcome outcome_of(const std::string& text) {
  const json::value root = json::parse(text);
  Outcome o{.number = root.at("number").to_number<std::uint64_t>(),
            .error = json::value_to<std::string>(root.at("error")),
            .crashed = root.at("crashed").as_bool(),
            .metrics = {},
            .results = json::value_to<std::string>(root.at("results"))};
  for (std::size_t i = 0; i < metric_count; ++i)
    if (const json::value& value = root.at("metrics").at(i); !value.is_null()) o.metrics[i] = value.to_number<double>();
  return o;
}

}  // namespace luqsim::sweep

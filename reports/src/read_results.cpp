#include <string>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "luqsim/input/read_file.h"
#include "luqsim/input/shown.h"
#include "luqsim/reports/comparison.h"

#include "result_reader.h"

namespace luqsim {
namespace {

namespace json = boost::json;

[[noreturn]] void fail(const std::string& path, const std::string& what) { throw ResultsError(path + ": " + what); }

std::string schema_of(const json::value& value) {
  const json::object* object = value.if_object();
  const json::value* schema = object == nullptr ? nullptr : object->if_contains("schema");
  return schema != nullptr && schema->is_string() ? std::string(schema->get_string()) : "";
}

}  // namespace

RunResult read_results(const std::string& path) {
  try {
    return parse_results(read_file(path, results_limit, "a results.json"), path);
  } catch (const ReadError& error) {
    fail(path, error.what());
  }
}

RunResult parse_results(const std::string& text, const std::string& where) {
  boost::system::error_code error;
  const json::value value = json::parse(text, error);
  if (error) fail(where, fmt::format("not JSON ({}); wanted a results.json", error.message()));
  const std::string schema = schema_of(value);
  if (schema != results_schema)
    fail(where, fmt::format("schema: {}; wanted {}", schema.empty() ? "missing" : shown(schema), results_schema));
  return result_of(value, where);
}

}  // namespace luqsim

#include <filesystem>
#include <fstream>
#include <iterator>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "luqsim/reports/comparison.h"

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
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) fail(path, "a folder; wanted a results.json");
  std::ifstream file(path, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  if (!file.is_open() || file.bad()) fail(path, "cannot be read; wanted a results.json");
  return parse_results(text, path);
}

RunResult parse_results(const std::string& text, const std::string& where) {
  boost::system::error_code error;
  const json::value value = json::parse(text, error);
  if (error) fail(where, fmt::format("not JSON ({}); wanted a results.json", error.message()));
  const std::string schema = schema_of(value);
  if (schema != results_schema)
    fail(where, fmt::format("schema: {}; wanted {}", schema.empty() ? "missing" : schema, results_schema));
  try {
    return json::value_to<RunResult>(value);
  } catch (const std::exception&) {
    fail(where, fmt::format("a key is missing, unknown or of another type; wanted what {} has (docs/results.md)",
                            results_schema));
  }
}

}  // namespace luqsim

#include "result_reader.h"

#include <algorithm>
#include <concepts>
#include <limits>
#include <map>
#include <optional>
#include <vector>

#include <boost/describe.hpp>
#include <boost/json.hpp>
#include <boost/mp11.hpp>
#include <fmt/format.h>

#include "luqsim/input/shown.h"
#include "luqsim/reports/comparison.h"

namespace luqsim {
namespace {

namespace json = boost::json;

// `path` is that of a value in the file: "records[3].units[0].cycles".
class ResultReader {
 public:
  explicit ResultReader(const std::string& where) : where_(where) {}

  void read(const json::value& value, const std::string& path, std::string& out) const {
    if (!value.is_string()) fail(path, value, "a text");
    out = std::string(value.get_string());
    // Names are shown as they stand; files may have any.
    if (has_control_characters(out) && path != "command" && !path.ends_with("_file"))
      fail(path, value, "a text without control characters");
  }
  void read(const json::value& value, const std::string& path, std::uint64_t& out) const {
    json::error_code error;
    if (value.is_int64() || value.is_uint64()) out = value.to_number<std::uint64_t>(error);
    if (error || !(value.is_int64() || value.is_uint64())) fail(path, value, "an integer from 0 to 2^64 - 1");
  }
  void read(const json::value& value, const std::string& path, double& out) const {
    if (!value.is_number()) fail(path, value, "a number");
    out = value.to_number<double>();
  }
  template <class T>
  void read(const json::value& value, const std::string& path, std::optional<T>& out) const {
    if (!value.is_null()) read(value, path, out.emplace());
  }
  template <class T>
  void read(const json::value& value, const std::string& path, std::vector<T>& out) const {
    if (!value.is_array()) fail(path, value, "an array");
    for (const json::value& item : value.get_array()) {
      const std::string path_of = fmt::format("{}[{}]", path, out.size());
      read(item, path_of, out.emplace_back());
    }
  }
  template <class T>
  void read(const json::value& value, const std::string& path, std::map<std::string, T>& out) const {
    if (!value.is_object()) fail(path, value, "an object");
    for (const auto& [key, item] : value.get_object()) read(item, member(path, key), out[std::string(key)]);
  }
  template <class T>
  requires boost::describe::has_describe_members<T>::value void read(const json::value& value, const std::string& path,
                                                                     T& out) const {
    if (!value.is_object()) fail(path, value, "an object");
    const json::object& object = value.get_object();
    std::vector<std::string_view> known;
    boost::mp11::mp_for_each<boost::describe::describe_members<T, boost::describe::mod_public>>([&](auto described) {
      known.emplace_back(described.name);
      const json::value* item = object.if_contains(described.name);
      if (item == nullptr) throw_error(member(path, described.name), "missing", "this key");
      read(*item, member(path, described.name), out.*described.pointer);
    });
    for (const auto& [key, item] : object)
      if (std::ranges::find(known, std::string_view(key)) == known.end())
        throw_error(member(path, key), "unknown key", fmt::format("one of {}", fmt::join(known, ", ")));
  }

 private:
  static std::string member(const std::string& path, std::string_view key) {
    return fmt::format("{}{}{}", path, path.empty() ? "" : ".", shown(key));
  }

  [[noreturn]] void fail(const std::string& path, const json::value& value, const char* wanted) const {
    throw_error(path, shown(json::serialize(value)), wanted);
  }

  [[noreturn]] void throw_error(const std::string& path, std::string_view what, std::string_view wanted) const {
    throw ResultsError(fmt::format("{}: {}: {}; wanted {} (docs/results.md)", where_, path, what, wanted));
  }

  const std::string& where_;
};

}  // namespace

RunResult result_of(const json::value& value, const std::string& where) {
  RunResult result;
  ResultReader(where).read(value, "", result);
  return result;
}

}  // namespace luqsim

#include "json.h"

#include <charconv>
#include <set>
#include <vector>

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/serializer.hpp>
#include <boost/json/value_stack.hpp>
#include <fmt/format.h>

#include "luqsim/input/shown.h"

namespace luqsim {
namespace json = boost::json;
namespace {

constexpr std::size_t max_depth = 16;

// Builds a value from parse events as json::parse does, with two differences: a repeated key is an error (json::parse
// keeps the last), and fractions are rounded by from_chars (Boost 1.81's own conversion can be off in the last place).
class Builder {
 public:
  static constexpr std::size_t max_object_size = json::object::max_size();
  static constexpr std::size_t max_array_size = json::array::max_size();
  static constexpr std::size_t max_key_size = json::string::max_size();
  static constexpr std::size_t max_string_size = json::string::max_size();

  Builder() { stack_.reset(); }
  json::value release() { return stack_.release(); }
  const std::string& duplicate_key() const { return duplicate_key_; }
  bool has_duplicate_key() const { return has_duplicate_key_; }

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_array_begin(json::error_code&) { return true; }
  bool on_array_end(std::size_t n, json::error_code&) {
    stack_.push_array(n);
    return true;
  }
  bool on_object_begin(json::error_code&) {
    keys_.emplace_back();
    return true;
  }
  bool on_object_end(std::size_t n, json::error_code&) {
    keys_.pop_back();
    stack_.push_object(n);
    return true;
  }
  bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
    key_.append(part.data(), part.size());
    stack_.push_chars(part);
    return true;
  }
  bool on_key(json::string_view part, std::size_t, json::error_code& error) {
    key_.append(part.data(), part.size());
    stack_.push_key(part);
    if (!keys_.back().insert(key_).second) {
      has_duplicate_key_ = true;
      duplicate_key_ = key_;
      error = make_error_code(json::error::syntax);
      return false;
    }
    key_.clear();
    return true;
  }
  bool on_string_part(json::string_view part, std::size_t, json::error_code&) {
    stack_.push_chars(part);
    return true;
  }
  bool on_string(json::string_view part, std::size_t, json::error_code&) {
    stack_.push_string(part);
    return true;
  }
  bool on_number_part(json::string_view part, json::error_code&) {
    number_.append(part.data(), part.size());
    return true;
  }
  bool on_int64(std::int64_t value, json::string_view, json::error_code&) {
    number_.clear();
    stack_.push_int64(value);
    return true;
  }
  bool on_uint64(std::uint64_t value, json::string_view, json::error_code&) {
    number_.clear();
    stack_.push_uint64(value);
    return true;
  }
  // Out of range, the parser's own value (infinity or zero) stands.
  bool on_double(double value, json::string_view part, json::error_code&) {
    number_.append(part.data(), part.size());
    std::from_chars(number_.data(), number_.data() + number_.size(), value);
    number_.clear();
    stack_.push_double(value);
    return true;
  }
  bool on_bool(bool value, json::error_code&) {
    stack_.push_bool(value);
    return true;
  }
  bool on_null(json::error_code&) {
    stack_.push_null();
    return true;
  }
  bool on_comment_part(json::string_view, json::error_code&) { return false; }
  bool on_comment(json::string_view, json::error_code&) { return false; }

 private:
  json::value_stack stack_;
  std::vector<std::set<std::string>> keys_;  // of every open object
  std::string key_, number_, duplicate_key_;
  bool has_duplicate_key_ = false;
};

}  // namespace

json::value parse_json(std::string_view text, const Context& context, std::string_view field) {
  json::parse_options options;
  options.max_depth = max_depth;
  json::basic_parser<Builder> parser(options);
  json::error_code error;
  const std::size_t used = parser.write_some(false, text.data(), text.size(), error);
  if (parser.handler().has_duplicate_key())
    context.fail(field, fmt::format("key {} twice in one object", in_quotes(parser.handler().duplicate_key())),
                 "every key once");
  if (error) context.fail(field, fmt::format("{} at byte {}", error.message(), used), "JSON");
  if (used != text.size()) context.fail(field, fmt::format("extra data at byte {}", used), "one JSON value");
  return parser.handler().release();
}

std::string print_json(const json::value& value) {
  json::serializer serializer;
  serializer.reset(&value);
  char buffer[longest_shown + 1];  // all of it, or more than is shown
  const std::string_view text = serializer.read(buffer);
  return shown(text);
}

}  // namespace luqsim

#include "record_json.h"

#include <cmath>
#include <limits>
#include <set>

#include <boost/json.hpp>
#include <fmt/format.h>

namespace luqsim {
namespace {

namespace json = boost::json;

// Reads or writes: `fields` below names every key once, for both directions. `required` must be there when reading;
// `optional` may be missing, and is left out when it holds nothing.
class Writer {
 public:
  template <class T>
  void required(const char* key, const T& value) {
    object[key] = to_json(value);
  }
  template <class T>
  void optional(const char* key, const T& value) {
    if (!is_empty(value)) object[key] = to_json(value);
  }
  [[noreturn]] void fail(const char*, const std::string&, const std::string& wanted) { throw std::logic_error(wanted); }

  json::object object;

 private:
  static bool is_empty(const std::string& s) { return s.empty(); }
  static bool is_empty(const std::vector<std::string>& v) { return v.empty(); }
  template <class T>
  static bool is_empty(const std::optional<T>& v) {
    return !v;
  }
  template <class T>
  static json::value to_json(const T& value);
};

class Reader {
 public:
  Reader(std::string where, const json::value& value) : where_(std::move(where)) {
    if (!value.is_object()) throw TraceError(where_ + ": wanted an object");
    object_ = &value.as_object();
  }
  ~Reader() = default;

  template <class T>
  void required(const char* key, T& value) {
    const json::value* found = find(key);
    if (found == nullptr) throw TraceError(fmt::format("{}: {} is missing", where_, key));
    read(key, *found, value);
  }
  template <class T>
  void optional(const char* key, T& value) {
    if (const json::value* found = find(key)) read(key, *found, value);
  }
  void reject_unknown_keys() const {
    for (const auto& [key, value] : *object_)
      if (!known_.contains(std::string_view(key)))
        throw TraceError(fmt::format("{}: unknown key {}", where_, std::string_view(key)));
  }
  [[noreturn]] void fail(const char* key, const std::string& value, const std::string& wanted) const {
    throw TraceError(fmt::format("{}: {}: {}; wanted {}", where_, key, value, wanted));
  }

 private:
  const json::value* find(const char* key) {
    known_.insert(key);
    return object_->if_contains(key);
  }

  void read(const char* key, const json::value& v, std::string& out) const {
    if (!v.is_string()) fail(key, json::serialize(v), "a string");
    out = v.as_string();
  }
  void read(const char* key, const json::value& v, std::vector<std::string>& out) const {
    if (!v.is_array()) fail(key, json::serialize(v), "an array of strings");
    for (const json::value& element : v.as_array()) read(key, element, out.emplace_back());
  }
  template <class T>
  requires std::is_integral_v<T>
  void read(const char* key, const json::value& v, T& out) const {
    const bool whole = v.is_uint64() || (v.is_int64() && v.as_int64() >= 0);
    const std::uint64_t number = v.is_uint64() ? v.as_uint64() : whole ? static_cast<std::uint64_t>(v.as_int64()) : 0;
    constexpr auto limit = static_cast<std::uint64_t>(std::numeric_limits<T>::max());
    if (!whole || number > limit) fail(key, json::serialize(v), fmt::format("a whole number up to {}", limit));
    out = static_cast<T>(number);
  }
  template <class T>
  requires std::is_floating_point_v<T>
  void read(const char* key, const json::value& v, T& out) const {
    if (!v.is_number()) fail(key, json::serialize(v), "a number");
    out = static_cast<T>(v.to_number<double>());
    if (!std::isfinite(out)) fail(key, json::serialize(v), "a finite number");
  }
  template <NamedEnum T>
  void read(const char* key, const json::value& v, T& out) const {
    const auto named = v.is_string() ? from_name<T>(std::string_view(v.as_string())) : std::nullopt;
    if (!named) fail(key, json::serialize(v), "one of " + name_list<T>());
    out = *named;
  }
  template <class T>
  void read(const char* key, const json::value& v, std::optional<T>& out) const {
    read(key, v, out.emplace());
  }
  template <class T>
  requires std::is_class_v<T>
  void read(const char* key, const json::value& v, T& out) const;

  std::string where_;
  const json::object* object_ = nullptr;
  std::set<std::string, std::less<>> known_;
};

template <class Archive>
void fields(Archive& ar, Im2col& x) {
  ar.required("n", x.n);
  ar.required("h", x.h);
  ar.required("w", x.w);
  ar.required("c", x.c);
  ar.required("kernel_h", x.kernel_h);
  ar.required("kernel_w", x.kernel_w);
  ar.required("stride", x.stride);
  ar.required("padding", x.padding);
}

template <class Archive>
void fields(Archive& ar, SawbQuantization& x) {
  ar.required("c1", x.config.c1);
  ar.required("c2", x.config.c2);
}

template <class Archive>
void fields(Archive& ar, LuqQuantization& x) {
  ar.required("rounding", x.config.rounding);
  ar.required("alpha", x.config.alpha);
  ar.required("top_exponent", x.config.top_exponent);
  ar.required("random_bits", x.config.random_bits);
  ar.required("reuse", x.config.reuse);
  ar.required("seed", x.stream.seed);
  ar.required("tensor", x.stream.tensor);
  ar.required("step", x.stream.step);
  ar.required("sample", x.stream.sample);
  ar.optional("estimate", x.estimate);
}

template <class Archive>
void fields(Archive& ar, Quantization& x) {
  std::string kind = std::holds_alternative<LuqQuantization>(x) ? "luq" : "sawb";
  ar.required("kind", kind);
  if (kind != "luq" && kind != "sawb") ar.fail("kind", kind, "luq or sawb");
  if (kind == "luq" && !std::holds_alternative<LuqQuantization>(x)) x = LuqQuantization{};
  std::visit([&ar](auto& quantization) { fields(ar, quantization); }, x);
}

template <class Archive>
void fields(Archive& ar, Operand& x) {
  ar.required("format", x.format);
  ar.required("rows", x.rows);
  ar.required("cols", x.cols);
  ar.required("view", x.view);
  ar.optional("im2col", x.im2col);
  ar.required("scale", x.scale);
  ar.optional("quantizer", x.quantization);
  ar.optional("codes", x.codes);
  ar.optional("source", x.source);
}

template <class Archive>
void fields(Archive& ar, Record& x) {
  ar.required("id", x.id);
  ar.required("step", x.step);
  ar.required("layer", x.layer);
  ar.required("pass", x.pass);
  ar.required("m", x.m);
  ar.required("n", x.n);
  ar.required("k", x.k);
  ar.required("a", x.a);
  ar.required("b", x.b);
  ar.optional("out", x.out);
  ar.optional("kernel", x.kernel);
}

template <class Archive>
void fields(Archive& ar, Provenance& x) {
  ar.required("backend", x.backend);
  ar.optional("device", x.device);
  ar.optional("driver", x.driver);
  ar.optional("cuda", x.cuda);
  ar.optional("kernels", x.kernels);
  ar.optional("network", x.network);
  ar.optional("dataset", x.dataset);
  ar.optional("date", x.date);
  ar.optional("revision", x.revision);
  ar.required("seed", x.seed);
}

template <class T>
json::value Writer::to_json(const T& value) {
  if constexpr (NamedEnum<T>) {
    return json::value(name_of(value));
  } else if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, std::string>) {
    return json::value(value);
  } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
    return json::array(value.begin(), value.end());
  } else if constexpr (requires { value.has_value(); }) {
    return to_json(*value);
  } else {
    Writer nested;
    T copy = value;  // `fields` serves both directions and so takes its structures as mutable
    fields(nested, copy);
    return std::move(nested.object);
  }
}

template <class T>
requires std::is_class_v<T>
void Reader::read(const char* key, const json::value& v, T& out) const {
  Reader nested(fmt::format("{}, {}", where_, key), v);
  fields(nested, out);
  nested.reject_unknown_keys();
}

json::value parse(const std::string& where, const std::string& text) {
  json::error_code error;
  json::value value = json::parse(text, error);
  if (error) throw TraceError(fmt::format("{} is no JSON: {}", where, error.message()));
  return value;
}

template <class T>
void read_whole(const std::string& where, const json::value& value, T& out) {
  Reader reader(where, value);
  fields(reader, out);
  reader.reject_unknown_keys();
}

template <class T>
json::object write_whole(T value) {
  Writer writer;
  fields(writer, value);
  return std::move(writer.object);
}

}  // namespace

std::string records_to_json(const std::vector<Record>& records) {
  json::array array;
  for (const Record& record : records) array.push_back(write_whole(record));
  return json::serialize(array);
}

std::string provenance_to_json(const Provenance& provenance) { return json::serialize(write_whole(provenance)); }

std::vector<Record> records_from_json(const std::string& file, const std::string& text) {
  const json::value value = parse(fmt::format("{}: {}", file, records_key), text);
  if (!value.is_array()) throw TraceError(fmt::format("{}: {}: wanted an array", file, records_key));
  std::vector<Record> records(value.as_array().size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    const json::value* id =
        value.as_array()[i].is_object() ? value.as_array()[i].as_object().if_contains("id") : nullptr;
    const std::string name = id != nullptr && id->is_string() ? std::string(id->as_string()) : "without id";
    read_whole(fmt::format("{}: record {} ({})", file, i, name), value.as_array()[i], records[i]);
    for (Operand* operand : {&records[i].a, &records[i].b})
      if (operand->quantization)
        if (auto* sawb = std::get_if<SawbQuantization>(&*operand->quantization)) sawb->config.format = operand->format;
  }
  return records;
}

Provenance provenance_from_json(const std::string& file, const std::string& text) {
  const std::string where = fmt::format("{}: {}", file, provenance_key);
  Provenance provenance;
  read_whole(where, parse(where, text), provenance);
  return provenance;
}

}  // namespace luqsim

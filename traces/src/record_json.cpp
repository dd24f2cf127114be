#include "record_json.h"

#include <algorithm>
#include <concepts>
#include <limits>
#include <type_traits>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "context.h"
#include "json.h"

namespace luqsim {

enum class QuantizerKind : std::uint8_t { sawb, luq };  // the order of Quantization's alternatives
template <>
struct EnumNames<QuantizerKind> {
  static constexpr std::array<std::string_view, 2> names{"sawb", "luq"};
};

namespace {
namespace json = boost::json;

// The keys. `io` is an ObjectReader or an ObjectWriter; an optional key is left out when its value is empty.

template <class Io>
void fields(Io& io, Im2col& v) {
  io.required("n", v.n);
  io.required("h", v.h);
  io.required("w", v.w);
  io.required("c", v.c);
  io.required("kernel_h", v.kernel_h);
  io.required("kernel_w", v.kernel_w);
  io.required("stride", v.stride);
  io.required("padding", v.padding);
}

template <class Io>
void fields(Io& io, SawbQuantization& v) {
  io.required("c1", v.config.c1);
  io.required("c2", v.config.c2);
}

template <class Io>
void fields(Io& io, LuqQuantization& v) {
  io.required("rounding", v.config.rounding);
  io.required("alpha", v.config.alpha);
  io.required("top_exponent", v.config.top_exponent);
  io.required("random_bits", v.config.random_bits);
  io.required("reuse", v.config.reuse);
  io.required("seed", v.stream.seed);
  io.required("tensor", v.stream.tensor);
  io.required("step", v.stream.step);
  io.required("sample", v.stream.sample);
  io.optional("estimate", v.estimate);
}

template <class Io>
void fields(Io& io, Quantization& v) {
  auto kind = static_cast<QuantizerKind>(v.index());
  io.required("kind", kind);
  if (kind == QuantizerKind::luq && v.index() == 0) v = LuqQuantization{};
  std::visit([&](auto& quantization) { fields(io, quantization); }, v);
}

template <class Io>
void fields(Io& io, Operand& v) {
  io.required("format", v.format);
  io.required("rows", v.rows);
  io.required("cols", v.cols);
  io.required("view", v.view);
  io.optional("im2col", v.im2col);
  io.required("scale", v.scale);
  io.optional("quantizer", v.quantization);
  io.optional("codes", v.codes);
  io.optional("source", v.source);
  // SAWB's format is the operand's: stored once.
  if (v.quantization)
    if (auto* sawb = std::get_if<SawbQuantization>(&*v.quantization)) sawb->config.format = v.format;
}

template <class Io>
void fields(Io& io, CustomDotModel& v) {
  io.required("format", v.format);
  io.required("fraction_bits", v.model.fraction_bits);
  io.required("terms", v.model.terms);
  io.required("chain", v.model.chain);
  io.required("out", v.model.out);
}

template <class Io>
void fields(Io& io, Record& v) {
  io.required("id", v.id);
  io.required("step", v.step);
  io.required("layer", v.layer);
  io.required("pass", v.pass);
  io.required("m", v.m);
  io.required("n", v.n);
  io.required("k", v.k);
  io.required("a", v.a);
  io.required("b", v.b);
  io.optional("out", v.out);
  io.optional("kernel", v.kernel);
  io.optional("dot_model", v.dot_model);
}

template <class Io>
void fields(Io& io, Provenance& v) {
  io.required("backend", v.backend);
  io.optional("device", v.device);
  io.optional("driver", v.driver);
  io.optional("cuda", v.cuda);
  io.optional("kernels", v.kernels);
  io.optional("network", v.network);
  io.optional("dataset", v.dataset);
  io.optional("date", v.date);
  io.optional("revision", v.revision);
  io.required("seed", v.seed);
}

template <class T>
bool is_empty(const T& v) {
  if constexpr (requires { v.has_value(); })
    return !v.has_value();
  else
    return v.empty();
}

class ObjectWriter {
 public:
  template <class T>
  void required(std::string_view key, T& value) {
    object_.emplace(key, write(value));
  }
  template <class T>
  void optional(std::string_view key, T& value) {
    if (!is_empty(value)) required(key, value);
  }

  template <class T>
  static json::value write(T& value) {
    if constexpr (NamedEnum<T>) {
      return json::value(name_of(value));
    } else if constexpr (std::is_arithmetic_v<T> || std::same_as<T, std::string>) {
      return json::value(value);
    } else if constexpr (std::same_as<T, std::vector<std::string>>) {
      return json::array(value.begin(), value.end());
    } else if constexpr (std::same_as<T, DotModelUse>) {
      return std::visit([](auto& use) { return write(use); }, value);
    } else if constexpr (requires { value.has_value(); }) {
      return write(*value);
    } else {
      ObjectWriter io;
      fields(io, value);
      return std::move(io.object_);
    }
  }

 private:
  json::object object_;
};

std::string text_of(const json::value& value) { return {value.get_string().data(), value.get_string().size()}; }

class ObjectReader {
 public:
  // `path`: of the object inside the record, "a.quantizer."; empty at the top.
  ObjectReader(const json::value& value, const Context& context, std::string path)
      : context_(context), path_(std::move(path)) {
    if (!value.is_object()) context_.fail(path_.substr(0, path_.size() - 1), print_json(value), "an object");
    object_ = &value.get_object();
  }

  template <class T>
  void required(std::string_view key, T& value) {
    if (!read_member(key, value)) context_.fail(path_ + std::string(key), "missing", "this key");
  }
  template <class T>
  void optional(std::string_view key, T& value) {
    read_member(key, value);
  }

  // Call after the last key.
  void refuse_unknown_keys() const {
    for (const auto& [key, value] : *object_) {
      const std::string_view name(key.data(), key.size());
      if (std::ranges::find(known_, name) == known_.end())
        context_.fail(path_ + in_quotes(name), "unknown key", fmt::format("one of {}", fmt::join(known_, ", ")));
    }
  }

 private:
  template <class T>
  bool read_member(std::string_view key, T& out) {
    known_.push_back(key);
    const json::value* value = object_->if_contains({key.data(), key.size()});
    if (value != nullptr) read(*value, path_ + std::string(key), out);
    return value != nullptr;
  }

  template <class T>
  void read(const json::value& value, const std::string& path, T& out) {
    if constexpr (NamedEnum<T>) {
      const auto known = value.is_string() ? from_name<T>(text_of(value)) : std::nullopt;
      if (!known) context_.fail(path, print_json(value), "one of " + name_list<T>());
      out = *known;
    } else if constexpr (std::floating_point<T>) {
      read_real(value, path, out);
    } else if constexpr (std::integral<T>) {
      read_integer(value, path, out);
    } else if constexpr (std::same_as<T, std::string>) {
      if (!value.is_string()) context_.fail(path, print_json(value), "a string");
      out = text_of(value);
    } else if constexpr (std::same_as<T, std::vector<std::string>>) {
      if (!value.is_array()) context_.fail(path, print_json(value), "an array of strings");
      for (const json::value& item : value.get_array()) read(item, path, out.emplace_back());
    } else if constexpr (std::same_as<T, DotModelUse>) {
      const auto known = value.is_string() ? from_name<DotPreset>(text_of(value)) : std::nullopt;
      if (known)
        out = *known;
      else if (value.is_object())
        read(value, path, out.template emplace<CustomDotModel>());
      else
        context_.fail(path, print_json(value), "an object or one of " + name_list<DotPreset>());
    } else if constexpr (requires {
                           out.emplace();
                           out.has_value();
                         }) {
      read(value, path, out.emplace());
    } else {
      ObjectReader io(value, context_, path + ".");
      fields(io, out);
      io.refuse_unknown_keys();
    }
  }

  template <class T>
  void read_integer(const json::value& value, const std::string& path, T& out) {
    json::error_code error;
    const bool integer = value.is_int64() || value.is_uint64();
    if (integer) out = value.to_number<T>(error);
    if (!integer || error)
      context_.fail(
          path, print_json(value),
          fmt::format("an integer from {} to {}", std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
  }

  template <class T>
  void read_real(const json::value& value, const std::string& path, T& out) {
    const double number = value.is_number() ? value.to_number<double>() : std::numeric_limits<double>::infinity();
    if (!(number >= std::numeric_limits<T>::lowest() && number <= std::numeric_limits<T>::max()))
      context_.fail(path, print_json(value), fmt::format("a finite binary{} number", 8 * sizeof(T)));
    out = static_cast<T>(number);
  }

  const json::object* object_ = nullptr;
  const Context& context_;
  std::string path_;
  std::vector<std::string_view> known_;
};

template <class T>
T from_json(const json::value& value, const Context& context) {
  T out;
  ObjectReader io(value, context, "");
  fields(io, out);
  io.refuse_unknown_keys();
  return out;
}

std::string record_name(std::size_t index, const json::value& value) {
  const json::object* object = value.if_object();
  const json::value* id = object != nullptr ? object->if_contains("id") : nullptr;
  return id != nullptr && id->is_string() ? fmt::format("record {} ({})", index, in_quotes(text_of(*id)))
                                          : fmt::format("record {}", index);
}

}  // namespace

std::string records_to_json(std::span<const Record> records) {
  json::array array;
  array.reserve(records.size());
  for (Record record : records) array.push_back(ObjectWriter::write(record));
  return json::serialize(array);
}

std::string provenance_to_json(const Provenance& provenance) {
  Provenance copy = provenance;
  return json::serialize(ObjectWriter::write(copy));
}

std::vector<Record> records_from_json(std::string_view text, const std::string& file) {
  const Context context{file, "__metadata__"};
  const json::value value = parse_json(text, context, "luqtrace.records");
  const json::array* array = value.if_array();
  if (array == nullptr) context.fail("luqtrace.records", print_json(value), "an array of records");
  std::vector<Record> records;
  records.reserve(array->size());
  for (const json::value& item : *array)
    records.push_back(from_json<Record>(item, {file, record_name(records.size(), item)}));
  return records;
}

Provenance provenance_from_json(std::string_view text, const std::string& file) {
  const Context context{file, "luqtrace.provenance"};
  return from_json<Provenance>(parse_json(text, context, ""), context);
}

}  // namespace luqsim

#include "safetensors.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <system_error>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "checked.h"
#include "context.h"
#include "json.h"

namespace luqsim {
namespace json = boost::json;
namespace fs = std::filesystem;
namespace {

static_assert(std::endian::native == std::endian::little, "tensors are mapped as they lie in the file");

constexpr std::uint64_t length_bytes = 8, data_alignment = 64;
constexpr std::string_view metadata_key = "__metadata__";

std::vector<std::uint64_t> read_sizes(const json::value& value, const Context& context, std::string_view field,
                                      std::string_view wanted) {
  const json::array* array = value.if_array();
  if (array == nullptr) context.fail(field, print_json(value), wanted);
  std::vector<std::uint64_t> sizes;
  sizes.reserve(array->size());
  for (const json::value& item : *array) {
    json::error_code error;
    const bool integer = item.is_int64() || item.is_uint64();
    const auto size = integer ? item.to_number<std::uint64_t>(error) : 0;
    if (!integer || error) context.fail(field, print_json(value), wanted);
    sizes.push_back(size);
  }
  return sizes;
}

const json::value& member(const json::object& object, std::string_view key, const Context& context) {
  const json::value* value = object.if_contains({key.data(), key.size()});
  if (value == nullptr) context.fail(key, "missing", "dtype, shape and data_offsets");
  return *value;
}

TensorEntry read_tensor(const json::value& value, std::uint64_t data_bytes, const Context& context) {
  const json::object* object = value.if_object();
  if (object == nullptr) context.fail("", print_json(value), "an object with dtype, shape and data_offsets");
  for (const auto& [key, unused] : *object)
    if (key != "dtype" && key != "shape" && key != "data_offsets")
      context.fail(in_quotes({key.data(), key.size()}), "unknown key", "dtype, shape and data_offsets");

  TensorEntry entry;
  const json::value& dtype = member(*object, "dtype", context);
  const auto known =
      dtype.is_string() ? from_name<Dtype>({dtype.get_string().data(), dtype.get_string().size()}) : std::nullopt;
  if (!known || !is_trace_dtype(*known)) context.fail("dtype", print_json(dtype), "U8, BF16, F32");
  entry.dtype = *known;

  const json::value& shape = member(*object, "shape", context);
  entry.shape = read_sizes(shape, context, "shape", "an array of integers from 0 to 2^64 - 1");
  const auto elements = checked_product(entry.shape);
  const auto bytes = elements ? checked_product({*elements, dtype_bytes(entry.dtype)}) : std::nullopt;
  if (!bytes) context.fail("shape", print_json(shape), "a size in bytes below 2^64");

  const json::value& range = member(*object, "data_offsets", context);
  const auto offsets = read_sizes(range, context, "data_offsets", "two integers from 0 to 2^64 - 1");
  if (offsets.size() != 2) context.fail("data_offsets", print_json(range), "two integers, begin and end");
  entry.begin = offsets[0], entry.end = offsets[1];
  if (entry.begin > entry.end) context.fail("data_offsets", print_json(range), "begin <= end");
  if (entry.end > data_bytes)
    context.fail("data_offsets", print_json(range), fmt::format("an end within the {} bytes of data", data_bytes));
  if (entry.end - entry.begin != *bytes)
    context.fail("data_offsets", print_json(range),
                 fmt::format("{} bytes for {} {}", *bytes, name_of(entry.dtype), print_json(shape)));
  return entry;
}

Metadata read_metadata(const json::value& value, const Context& context) {
  const json::object* object = value.if_object();
  if (object == nullptr) context.fail(metadata_key, print_json(value), "an object of strings");
  Metadata metadata;
  for (const auto& [key, text] : *object) {
    const std::string name(key.data(), key.size());
    if (!text.is_string()) context.fail(fmt::format("{}.{}", metadata_key, name), print_json(text), "a string");
    metadata.emplace(name, std::string(text.get_string().data(), text.get_string().size()));
  }
  return metadata;
}

void check_covered(const TensorTable& tensors, std::uint64_t data_bytes, const std::string& file) {
  std::vector<const TensorTable::value_type*> order;
  for (const auto& tensor : tensors) order.push_back(&tensor);
  std::ranges::sort(order, {}, [](const auto* tensor) { return std::pair(tensor->second.begin, tensor->second.end); });
  std::uint64_t covered = 0;
  for (const auto* tensor : order) {
    const auto& [begin, end] = std::pair(tensor->second.begin, tensor->second.end);
    if (begin != covered)
      Context{file, "tensor " + in_quotes(tensor->first)}.fail(
          "data_offsets", fmt::format("[{},{}]", begin, end),
          fmt::format("begin {}, the end of the tensor before it (no {})", covered,
                      begin < covered ? "overlaps" : "holes"));
    covered = end;
  }
  if (covered != data_bytes)
    Context{file, ""}.fail("data", fmt::format("{} bytes", data_bytes),
                           fmt::format("the {} bytes that the tensors cover", covered));
}

void check_file(const fs::path& path, const Context& context) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) context.fail("", error ? error.message() : "No such file or directory", "a trace");
  if (!fs::is_regular_file(status)) context.fail("", "not a regular file", "a trace");
  const std::uint64_t size = fs::file_size(path, error);
  if (error) context.fail("", error.message(), "a readable file");
  if (size < length_bytes)
    context.fail("", fmt::format("{} bytes", size), "a safetensors file: 8 bytes of header length, a header, data");
}

boost::iostreams::mapped_file_source map_file(const fs::path& path, const Context& context) {
  try {
    return boost::iostreams::mapped_file_source(path.string());
  } catch (const std::exception& error) {
    context.fail("", error.what(), "a file that can be mapped");
  }
}

}  // namespace

SafetensorsHeader parse_safetensors_header(std::string_view text, std::uint64_t data_bytes, const std::string& file) {
  const Context context{file, ""};
  const json::value root = parse_json(text, context, "header");
  const json::object* object = root.if_object();
  if (object == nullptr) context.fail("header", print_json(root), "a JSON object");
  SafetensorsHeader header;
  for (const auto& [key, value] : *object) {
    const std::string name(key.data(), key.size());
    if (name == metadata_key)
      header.metadata = read_metadata(value, context);
    else
      header.tensors.emplace(name, read_tensor(value, data_bytes, {file, "tensor " + in_quotes(name)}));
  }
  check_covered(header.tensors, data_bytes, file);
  return header;
}

namespace {

json::object entry_json(const TensorEntry& entry) {
  return {{"dtype", name_of(entry.dtype)},
          {"shape", json::array(entry.shape.begin(), entry.shape.end())},
          {"data_offsets", {entry.begin, entry.end}}};
}

}  // namespace

std::uint64_t header_bytes(const std::string& name, TensorEntry entry) {
  entry.begin = entry.end = std::numeric_limits<std::uint64_t>::max();
  return json::serialize(json::object{{name, entry_json(entry)}}).size();
}

std::uint64_t header_bytes(const std::string& text) { return json::serialize(json::string(text)).size(); }

void check_header_bytes(std::uint64_t length, const std::string& file) {
  if (length > max_header_bytes)
    Context{file, ""}.fail("header length", fmt::format("{}", length), fmt::format("at most {}", max_header_bytes));
}

std::string serialize_safetensors_header(const SafetensorsHeader& header, const std::string& file) {
  json::object root;
  json::object metadata;
  for (const auto& [key, text] : header.metadata) metadata.emplace(key, text);
  root.emplace(metadata_key, std::move(metadata));
  for (const auto& [name, entry] : header.tensors) root.emplace(name, entry_json(entry));
  std::string text = json::serialize(root);
  const std::uint64_t unpadded = length_bytes + text.size();
  text.append((data_alignment - unpadded % data_alignment) % data_alignment, ' ');
  const std::uint64_t length = text.size();
  check_header_bytes(length, file);
  parse_json(text, {file, ""}, "header");
  std::string out(length_bytes, '\0');
  std::memcpy(out.data(), &length, length_bytes);
  return out + text;
}

SafetensorsFile::SafetensorsFile(const fs::path& path) {
  const Context context{path.string(), ""};
  check_file(path, context);
  map_ = map_file(path, context);
  const std::uint64_t rest = map_.size() - std::min<std::uint64_t>(map_.size(), length_bytes);
  std::uint64_t length = 0;
  std::memcpy(&length, map_.data(), length_bytes);
  if (length > rest)
    context.fail("header length", fmt::format("{}", length), fmt::format("at most the {} bytes that follow", rest));
  check_header_bytes(length, path.string());
  data_begin_ = length_bytes + length;
  const std::string_view text(map_.data() + length_bytes, static_cast<std::size_t>(length));
  header_ = parse_safetensors_header(text, map_.size() - data_begin_, path.string());
}

std::span<const std::uint8_t> SafetensorsFile::bytes(const TensorEntry& entry) const {
  const auto* data = reinterpret_cast<const std::uint8_t*>(map_.data()) + data_begin_;
  return {data + entry.begin, static_cast<std::size_t>(entry.end - entry.begin)};
}

}  // namespace luqsim

// Lists of layers in YAML. Strict: a key that is unknown, missing or there twice is an error, never a default.
#include <algorithm>
#include <array>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <yaml-cpp/yaml.h>

#include "luqsim/input/read_file.h"
#include "luqsim/input/yaml_document.h"

#include "context.h"
#include "input.h"
#include "readers.h"
#include "records.h"

namespace luqsim {
namespace {

std::string place(const std::string& file, const YAML::Mark& mark) {
  return mark.is_null() ? file : fmt::format("{}:{}:{}", file, mark.line + 1, mark.column + 1);
}

constexpr std::size_t most_keys = 11;  // a convolution's

// The keys of one mapping; `path` ("layers[3].") stands before them in messages.
class Keys {
 public:
  Keys(const YAML::Node& map, const std::string& file, std::string path)
      : file_(file), path_(std::move(path)), map_where_(place(file, map.Mark())) {
    // Before any is copied: aliases make a large mapping an element of a list again and again.
    if (map.size() > most_keys)
      Context{map_where_, ""}.fail(path_.substr(0, path_.size() - 1), fmt::format("{} keys", map.size()),
                                   fmt::format("at most {}", most_keys));
    for (const auto& entry : map) {
      if (!entry.first.IsScalar()) fail(entry.first, "", "a key that is no text", "a name");
      const std::string& key = entry.first.Scalar();
      if (!entries_.emplace(key, entry).second) fail(entry.first, key, "stands twice", "once");
    }
  }

  const std::string& where() const { return map_where_; }
  bool has(const std::string& key) const { return entries_.contains(key); }

  void allow(std::initializer_list<std::string_view> keys) const {
    for (const auto& [key, entry] : entries_)
      if (std::ranges::find(keys, key) == keys.end())
        fail(entry.first, key, "unknown key", fmt::format("one of: {}", fmt::join(keys, ", ")));
  }

  const YAML::Node& at(const std::string& key, const std::string& wanted) const {
    const auto found = entries_.find(key);
    if (found == entries_.end()) Context{map_where_, ""}.fail(path_ + key, "missing", wanted);
    return found->second.second;
  }

  std::string text(const std::string& key) const {
    const std::string wanted = fmt::format("a text of 1 to {} characters", longest_name);
    const YAML::Node& node = at(key, wanted);
    if (!node.IsScalar()) fail(node, key, "not a text", wanted);
    if (node.Scalar().empty() || node.Scalar().size() > longest_name) fail(node, key, in_quotes(node.Scalar()), wanted);
    return node.Scalar();
  }

  std::uint64_t number(const std::string& key, const NumberRange& range) const {
    return number(at(key, wanted(range)), key, range);
  }
  std::uint64_t number(const std::string& key, const NumberRange& range, std::uint64_t otherwise) const {
    return has(key) ? number(key, range) : otherwise;
  }
  bool flag(const std::string& key) const {
    if (!has(key)) return false;
    const YAML::Node& node = at(key, "");
    const std::string text = node.IsScalar() ? node.Scalar() : "";
    if (text != "true" && text != "false") fail(node, key, in_quotes(text), "true or false");
    return text == "true";
  }
  std::uint64_t number(const YAML::Node& node, const std::string& key, const NumberRange& range) const {
    if (!node.IsScalar()) fail(node, key, "not a number", wanted(range));
    const auto value = to_number(node.Scalar(), range);
    if (!value) fail(node, key, in_quotes(node.Scalar()), wanted(range));
    return *value;
  }

  // `value` is already what a message shows.
  [[noreturn]] void fail(const YAML::Node& node, const std::string& key, const std::string& value,
                         const std::string& wanted) const {
    Context{place(file_, node.Mark()), ""}.fail(path_ + printable(key), value, wanted);
  }

 private:
  // A key of the file as it stands, unless it would spoil the message.
  static std::string printable(const std::string& key) {
    const std::string quoted = in_quotes(key);
    return quoted.size() == key.size() + 2 ? key : quoted;
  }

  const std::string& file_;
  const std::string path_, map_where_;
  std::map<std::string, std::pair<YAML::Node, YAML::Node>> entries_;
};

// One number for both sides, or [height, width].
std::array<std::uint64_t, 2> kernel(const Keys& keys) {
  const std::string either = wanted(image_range) + ", or [height, width]";
  const YAML::Node& node = keys.at("kernel", either);
  if (node.IsSequence() && node.size() == 2)
    return {keys.number(node[0], "kernel[0]", image_range), keys.number(node[1], "kernel[1]", image_range)};
  if (!node.IsScalar()) keys.fail(node, "kernel", "not a number", either);
  const std::uint64_t side = keys.number(node, "kernel", image_range);
  return {side, side};
}

ConvLayer conv(const Keys& keys) {
  keys.allow({"name", "type", "h", "w", "c", "kernel", "filters", "stride", "padding", "groups", "repeat"});
  const auto [kernel_h, kernel_w] = kernel(keys);
  ConvLayer layer{.h = keys.number("h", image_range),
                  .w = keys.number("w", image_range),
                  .c = keys.number("c", image_range),
                  .kernel_h = kernel_h,
                  .kernel_w = kernel_w,
                  .filters = keys.number("filters", image_range),
                  .padding = keys.number("padding", padding_range, 0),
                  .groups = keys.number("groups", image_range, 1)};
  layer.stride_h = layer.stride_w = keys.number("stride", image_range, 1);
  const auto reject = [&](const char* key, std::uint64_t value, const std::string& wanted) {
    keys.fail(keys.at(key, wanted), key, fmt::format("{}", value), wanted);
  };
  for (const auto& [side, image] : {std::pair(kernel_h, layer.h), std::pair(kernel_w, layer.w)})
    if (side > image + 2 * layer.padding)
      reject("kernel", side, fmt::format("at most {}, the padded image", image + 2 * layer.padding));
  for (const auto& [what, count] : {std::pair("c", layer.c), std::pair("filters", layer.filters)})
    if (count % layer.groups != 0) reject("groups", layer.groups, fmt::format("a divisor of {}, {}", what, count));
  return layer;
}

GemmLayer gemm(const Keys& keys) {
  keys.allow({"name", "type", "m", "n", "k", "per_sample", "repeat"});
  return {.m = keys.number("m", gemm_range),
          .n = keys.number("n", gemm_range),
          .k = keys.number("k", gemm_range),
          .per_sample = keys.flag("per_sample")};
}

Layer layer_of(const Keys& keys) {
  Layer layer{.where = keys.where(), .name = keys.text("name"), .repeat = keys.number("repeat", repeat_range, 1)};
  const std::string type = keys.text("type");
  if (type == "conv")
    layer.shape = conv(keys);
  else if (type == "gemm")
    layer.shape = gemm(keys);
  else
    keys.fail(keys.at("type", ""), "type", in_quotes(type), "conv or gemm");
  return layer;
}

const YAML::Node& layer_nodes(const Keys& keys) {
  const std::string wanted = "a list of layers, at least one";
  const YAML::Node& nodes = keys.at("layers", wanted);
  if (!nodes.IsSequence() || nodes.size() == 0) keys.fail(nodes, "layers", "no list, or an empty one", wanted);
  if (nodes.size() > record_limit)
    keys.fail(nodes, "layers", fmt::format("{} layers", nodes.size()), fmt::format("at most {}", record_limit));
  return nodes;
}

// Calls f(keys, path) with the mappings of a list of layers, one after the other; `path` is "layers[3]" or
// "layers[3].layers[1]".
template <class F>
void for_each_layer(const YAML::Node& nodes, const std::string& file, const std::string& path, F f) {
  std::size_t number = 0;
  for (const YAML::Node& node : nodes) {
    const std::string path_of = fmt::format("{}[{}]", path, number++);
    if (!node.IsMap())
      Context{place(file, node.Mark()), ""}.fail(path_of, "no keys",
                                                 "a mapping such as {name: fc, type: gemm, m: 1, n: 1, k: 1}");
    f(Keys(node, file, path_of + "."), path_of);
  }
}

// A block: its layers in order, all of them `repeat` times.
void add_block(const Keys& keys, const std::string& file, const std::string& path, std::vector<Layer>& layers) {
  keys.allow({"name", "repeat", "layers"});
  const std::string name = keys.text("name");
  const std::uint64_t repeat = keys.number("repeat", repeat_range, 1);
  const YAML::Node& nodes = layer_nodes(keys);
  if (layers.size() + repeat * nodes.size() > record_limit)
    keys.fail(nodes, "layers", fmt::format("{} in {} repetitions", nodes.size(), repeat),
              fmt::format("at most {} layers in all", record_limit));
  std::vector<Layer> block;
  for_each_layer(nodes, file, path + ".layers",
                 [&](const Keys& inner, const std::string&) { block.push_back(layer_of(inner)); });
  for (std::uint64_t r = 0; r < repeat; ++r)
    for (const Layer& layer : block) {
      layers.push_back(layer);
      layers.back().name = repeat > 1 ? fmt::format("{}.{}.{}", name, r, layer.name) : name + "." + layer.name;
    }
}

YAML::Node parse(const std::filesystem::path& path) {
  const std::string file = path.string(), text = read_text(path, yaml_limit);
  try {
    if (const std::optional<YAML::Node> root = load_document(text)) return *root;
  } catch (const YAML::Exception& e) {
    Context{place(file, e.mark), ""}.fail("", "not YAML, " + e.msg, "a list of layers");
  }
  Context{file, ""}.fail("", "more than one YAML document", "one, with the key layers");
}

}  // namespace

LayerList read_yaml(const std::filesystem::path& path) {
  const std::string file = path.string();
  const YAML::Node root = parse(path);
  if (!root.IsMap()) Context{place(file, root.Mark()), ""}.fail("", "no keys", "the key layers, a list of layers");
  const Keys top(root, file, "");
  top.allow({"name", "batch", "layers"});
  LayerList list;
  if (top.has("name")) list.network = top.text("name");
  if (top.has("batch")) list.batch = static_cast<std::uint32_t>(top.number("batch", batch_range));
  for_each_layer(layer_nodes(top), file, "layers", [&](const Keys& keys, const std::string& path_of) {
    if (keys.has("layers"))
      add_block(keys, file, path_of, list.layers);
    else
      list.layers.push_back(layer_of(keys));
  });
  return list;
}

}  // namespace luqsim

// SCALE-Sim's topology files: a header, then a layer a line, columns by position.
#include <algorithm>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <boost/algorithm/string/case_conv.hpp>
#include <boost/algorithm/string/predicate.hpp>
#include <boost/algorithm/string/trim.hpp>
#include <boost/tokenizer.hpp>
#include <fmt/format.h>

#include "context.h"
#include "input.h"
#include "readers.h"

namespace luqsim {
namespace {

constexpr std::size_t file_limit = std::size_t{1} << 26, line_limit = std::size_t{1} << 16;
constexpr const char* conv_header =
    "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides,";
constexpr const char* gemm_header = "Layer, M, N, K,";

using Cells = std::vector<std::string>;

Cells split(const std::string& line) {
  using Separator = boost::escaped_list_separator<char>;
  // No escape character: SCALE-Sim has none, so a backslash is part of a name.
  const boost::tokenizer<Separator> tokens(line, Separator("", ",", "\""));
  Cells cells(tokens.begin(), tokens.end());
  for (std::string& cell : cells) boost::algorithm::trim(cell);
  return cells;
}

enum class Form { conv, conv_two_strides, gemm };

// SCALE-Sim ignores the header. Here it tells the forms apart, and a file with its columns in another order is refused.
Form form_of(Cells header, const Context& context, const std::string& line) {
  for (std::string& cell : header) boost::algorithm::to_lower(cell);
  const auto has = [&](std::size_t column, std::string_view word) {
    return column < header.size() && boost::algorithm::contains(header[column], word);
  };
  if (header.size() >= 4 && header[1] == "m" && header[2] == "n" && header[3] == "k") return Form::gemm;
  if (has(1, "ifmap") && has(1, "h") && has(2, "ifmap") && has(2, "w") && has(3, "filter") && has(3, "h") &&
      has(4, "filter") && has(4, "w") && has(5, "channel") && has(6, "filter") && has(7, "stride"))
    return has(8, "stride") ? Form::conv_two_strides : Form::conv;
  context.fail("header", in_quotes(line), fmt::format("'{}' or '{}'", conv_header, gemm_header));
}

class Row {
 public:
  Row(Cells cells, const Context& context) : cells_(std::move(cells)), context_(context) {}

  bool has(std::size_t column) const { return column < cells_.size() && !cells_[column].empty(); }
  const std::string& text(std::size_t column) const { return cells_[column]; }

  std::string name() const {
    if (!has(0)) context_.fail("Layer name", "missing", "a name");
    if (cells_[0].size() > longest_name)
      context_.fail("Layer name", in_quotes(cells_[0]), fmt::format("at most {} characters", longest_name));
    return cells_[0];
  }

  std::uint64_t number(std::size_t column, const char* field, const NumberRange& range) const {
    if (!has(column)) context_.fail(field, "missing", wanted(range));
    const auto value = to_number(cells_[column], range);
    if (!value) context_.fail(field, in_quotes(cells_[column]), wanted(range));
    return *value;
  }

 private:
  Cells cells_;
  const Context& context_;
};

void check_filter(const char* field, std::uint64_t filter, std::uint64_t image, const Context& context) {
  if (filter > image)
    context.fail(field, fmt::format("{}", filter), fmt::format("at most {}, the size of the IFMAP", image));
}

ConvLayer conv_of(const Row& row, bool two_strides, const Context& context) {
  ConvLayer conv{.h = row.number(1, "IFMAP Height", image_range),
                 .w = row.number(2, "IFMAP Width", image_range),
                 .c = row.number(5, "Channels", image_range),
                 .kernel_h = row.number(3, "Filter Height", image_range),
                 .kernel_w = row.number(4, "Filter Width", image_range),
                 .filters = row.number(6, "Num Filter", image_range),
                 .stride_h = row.number(7, "Strides", image_range),
                 .output = OutputSize::ceil};
  conv.stride_w = two_strides ? row.number(8, "Stride Width", image_range) : conv.stride_h;
  check_filter("Filter Height", conv.kernel_h, conv.h, context);
  check_filter("Filter Width", conv.kernel_w, conv.w, context);
  // SCALE-Sim's mark of a depthwise convolution: these filters for each channel by itself.
  if (boost::algorithm::contains(row.text(0), "DP")) {
    conv.groups = conv.c;
    conv.filters *= conv.c;
  }
  return conv;
}

Layer gemm_of(const Row& row) {
  Layer layer{.shape = GemmLayer{.m = row.number(1, "M", gemm_range),
                                 .n = row.number(2, "N", gemm_range),
                                 .k = row.number(3, "K", gemm_range)}};
  // A fifth column is a sparsity ratio such as 2:4, or how many GEMMs of this shape there are.
  if (row.has(4) && !boost::algorithm::contains(row.text(4), ":")) layer.repeat = row.number(4, "Batch", repeat_range);
  return layer;
}

}  // namespace

LayerList read_csv(const std::filesystem::path& file) {
  std::istringstream text(read_text(file, file_limit));
  LayerList list;
  std::optional<Form> form;
  std::set<std::string> names;
  std::string line;
  for (std::size_t number = 1; std::getline(text, line); ++number) {
    const Context context{fmt::format("{}:{}", file.string(), number), ""};
    if (line.size() > line_limit)
      context.fail("", fmt::format("a line of {} characters", line.size()), fmt::format("at most {}", line_limit));
    Cells cells = split(line);
    if (std::ranges::all_of(cells, &std::string::empty)) continue;
    if (!form) {
      form = form_of(std::move(cells), context, line);
      continue;
    }
    const Row row(std::move(cells), context);
    std::string name = row.name();
    Layer layer =
        form == Form::gemm ? gemm_of(row) : Layer{.shape = conv_of(row, form == Form::conv_two_strides, context)};
    layer.where = context.file;
    // SCALE-Sim numbers its layers and lets names repeat.
    layer.name = names.insert(name).second ? name : fmt::format("{}@{}", name, number);
    list.layers.push_back(std::move(layer));
  }
  const Context context{file.string(), ""};
  if (!form) context.fail("header", "missing", fmt::format("'{}' or '{}'", conv_header, gemm_header));
  if (list.layers.empty()) context.fail("layers", "none", "at least one line after the header");
  return list;
}

}  // namespace luqsim

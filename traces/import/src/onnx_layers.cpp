#include "onnx_layers.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "checked.h"
#include "input.h"
#include "records.h"

namespace luqsim {
namespace {

std::string text_of(const Sizes& sizes) { return fmt::format("[{}]", fmt::join(sizes, ", ")); }

class Attributes {
 public:
  Attributes(const onnx::NodeProto& node, const Context& context) : node_(node), context_(context) {}

  std::int64_t integer(std::string_view name, std::int64_t otherwise) const {
    const auto* attribute = find(name);
    return attribute == nullptr ? otherwise : attribute->i();
  }
  std::size_t count(std::string_view name) const {
    const auto* attribute = find(name);
    return attribute == nullptr ? 0 : static_cast<std::size_t>(attribute->ints_size());
  }
  std::string text(std::string_view name, const std::string& otherwise) const {
    const auto* attribute = find(name);
    return attribute == nullptr ? otherwise : attribute->s();
  }
  // `count` numbers in `range`; all `otherwise` when the node does not have them.
  Sizes numbers(std::string_view name, std::size_t count, std::uint64_t otherwise, const NumberRange& range) const {
    const auto* attribute = find(name);
    if (attribute == nullptr) return Sizes(count, otherwise);
    const auto& values = attribute->ints();
    const bool fits = std::ranges::all_of(values, [&](std::int64_t value) {
      return value >= 0 && static_cast<std::uint64_t>(value) >= range.min &&
             static_cast<std::uint64_t>(value) <= range.max;
    });
    if (static_cast<std::size_t>(values.size()) != count || !fits)
      context_.fail(name, fmt::format("[{}]", fmt::join(values, ", ")),
                    fmt::format("{} times {}", count, wanted(range)));
    return {values.begin(), values.end()};
  }

 private:
  const onnx::AttributeProto* find(std::string_view name) const {
    const auto found = std::ranges::find_if(node_.attribute(), [&](const auto& a) { return a.name() == name; });
    return found == node_.attribute().end() ? nullptr : &*found;
  }

  const onnx::NodeProto& node_;
  const Context& context_;
};

// Along one side of the image: zeros before and after it.
struct Side {
  std::uint64_t image = 0, kernel = 0, stride = 1, dilation = 1, before = 0, after = 0;

  std::uint64_t padded() const { return image + before + after; }
};

// ceil(image / stride) outputs. An odd zero goes after the image; with SAME_LOWER before it, which is no other size.
void pad_to_same(Side& side) {
  const std::uint64_t end = (side.image - 1) / side.stride * side.stride + reach(side.kernel, side.dilation);
  const std::uint64_t zeros = end > side.image ? end - side.image : 0;
  side.before = zeros / 2;
  side.after = zeros - side.before;
}

std::vector<Side> sides_of(const Attributes& attributes, const Sizes& x, const Sizes& w, const Context& context) {
  const std::size_t count = x.size() - 2;
  const Sizes strides = attributes.numbers("strides", count, 1, image_range);
  const Sizes dilations = attributes.numbers("dilations", count, 1, image_range);
  const Sizes pads = attributes.numbers("pads", 2 * count, 0, padding_range);
  const std::string auto_pad = attributes.text("auto_pad", "NOTSET");
  constexpr std::array<std::string_view, 4> kinds{"NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"};
  if (std::ranges::find(kinds, auto_pad) == kinds.end())
    context.fail("auto_pad", in_quotes(auto_pad), fmt::format("one of: {}", fmt::join(kinds, ", ")));
  std::vector<Side> sides;
  for (std::size_t i = 0; i < count; ++i) {
    Side side{.image = x[i + 2], .kernel = w[i + 2], .stride = strides[i], .dilation = dilations[i]};
    if (auto_pad == "NOTSET")
      side.before = pads[i], side.after = pads[i + count];
    else if (auto_pad != "VALID")
      pad_to_same(side);
    if (side.padded() > image_range.max)
      context.fail("pads", fmt::format("an image of {} with its zeros", side.padded()), wanted(image_range));
    if (reach(side.kernel, side.dilation) > side.padded())
      context.fail("input W", text_of(w), fmt::format("kernels of at most {}, the padded image", side.padded()));
    sides.push_back(side);
  }
  return sides;
}

std::uint64_t groups_of(const Attributes& attributes, const Sizes& x, const Sizes& w, const Context& context) {
  const std::int64_t value = attributes.integer("group", 1);
  const auto group = static_cast<std::uint64_t>(value);
  if (value < 1 || group > image_range.max) context.fail("group", fmt::format("{}", value), wanted(image_range));
  if (x[1] != group * w[1])
    context.fail("input W", text_of(w),
                 fmt::format("{} channels in all of {} groups, as in X {}", x[1], group, text_of(x)));
  if (w[0] % group != 0) context.fail("group", fmt::format("{}", group), fmt::format("a divisor of {} filters", w[0]));
  return group;
}

void check_k(std::uint64_t a, std::uint64_t b, const Context& context) {
  if (a != b) context.fail("input B", fmt::format("K of {}", b), fmt::format("{}, the K of A", a));
}

// Z = W X is Z^T = X^T W^T: weights are B of a record, on whichever side they stand in the model.
GemmLayer with_weights_right(const GemmLayer& gemm, const OnnxOperand& a, const OnnxOperand& b) {
  return a.is_weight && !b.is_weight ? GemmLayer{.m = gemm.n, .n = gemm.m, .k = gemm.k} : gemm;
}

}  // namespace

bool hides_gemms(const std::string& operator_type) {
  constexpr std::array<std::string_view, 13> names{
      "ConvInteger",   "ConvTranspose", "Einsum",        "GRU", "If",   "LSTM",       "Loop",
      "MatMulInteger", "QLinearConv",   "QLinearMatMul", "RNN", "Scan", "SequenceMap"};
  return std::ranges::find(names, operator_type) != names.end();
}

void check_strides(const onnx::NodeProto& node, const Context& context) {
  const Attributes attributes(node, context);
  attributes.numbers("strides", attributes.count("strides"), 1, image_range);
}

ConvLayer conv_layer(const onnx::NodeProto& node, const Sizes& x, const Sizes& w, const Context& context) {
  if (x.size() != 3 && x.size() != 4) context.fail("input X", text_of(x), "3 or 4 dimensions: N, C, (H,) W");
  if (w.size() != x.size()) context.fail("input W", text_of(w), fmt::format("{} dimensions, as X has", x.size()));
  for (const std::uint64_t size : x)
    if (size > image_range.max) context.fail("input X", text_of(x), wanted(image_range));
  for (const std::uint64_t size : w)
    if (size > image_range.max) context.fail("input W", text_of(w), wanted(image_range));
  const Attributes attributes(node, context);
  const Sizes kernel(w.begin() + 2, w.end());
  for (std::size_t i = 0; i < kernel.size(); ++i)
    if (attributes.numbers("kernel_shape", kernel.size(), kernel[i], image_range)[i] != kernel[i])
      context.fail("kernel_shape", "another size", text_of(kernel) + ", as W has");
  const std::uint64_t groups = groups_of(attributes, x, w, context);
  const std::vector<Side> sides = sides_of(attributes, x, w, context);
  // One dimension: an image of one row. Its stride down makes no step.
  const Side& across = sides.back();
  const Side down = sides.size() == 2 ? sides[0] : Side{.image = 1, .kernel = 1, .stride = across.stride};
  ConvLayer layer{.h = down.image,
                  .w = across.image,
                  .c = x[1],
                  .kernel_h = down.kernel,
                  .kernel_w = across.kernel,
                  .filters = w[0],
                  .stride_h = down.stride,
                  .stride_w = across.stride,
                  .padding = down.before,
                  .dilation_h = down.dilation,
                  .dilation_w = across.dilation,
                  .groups = groups,
                  .images = x[0]};
  // Im2col pads all sides alike: otherwise the image is stored with its zeros.
  if (down.before != down.after || down.before != across.before || down.before != across.after)
    layer.h = down.padded(), layer.w = across.padded(), layer.padding = 0;
  return layer;
}

RepeatedGemm gemm_layer(const onnx::NodeProto& node, const OnnxOperand& a, const OnnxOperand& b,
                        const Context& context) {
  if (a.sizes.size() != 2) context.fail("input A", text_of(a.sizes), "2 dimensions");
  if (b.sizes.size() != 2) context.fail("input B", text_of(b.sizes), "2 dimensions");
  const Attributes attributes(node, context);
  const bool a_transposed = attributes.integer("transA", 0) != 0, b_transposed = attributes.integer("transB", 0) != 0;
  const GemmLayer gemm{.m = a.sizes[a_transposed], .n = b.sizes[!b_transposed], .k = a.sizes[!a_transposed]};
  check_k(gemm.k, b.sizes[b_transposed], context);
  return {.gemm = with_weights_right(gemm, a, b)};
}

RepeatedGemm matmul_layer(const OnnxOperand& a, const OnnxOperand& b, const Context& context) {
  if (a.sizes.empty() || b.sizes.empty())
    context.fail("inputs", text_of(a.sizes) + " and " + text_of(b.sizes), "at least 1 dimension each");
  // A vector is a row on the left, a column on the right.
  OnnxOperand left = a, right = b;
  if (left.sizes.size() == 1) left.sizes.insert(left.sizes.begin(), 1);
  if (right.sizes.size() == 1) right.sizes.push_back(1);
  std::size_t rank = std::max(left.sizes.size(), right.sizes.size());
  for (OnnxOperand* operand : {&left, &right})
    operand->sizes.insert(operand->sizes.begin(), rank - operand->sizes.size(), 1);
  check_k(left.sizes[rank - 1], right.sizes[rank - 2], context);
  GemmLayer gemm{.m = left.sizes[rank - 2], .n = right.sizes[rank - 1], .k = left.sizes[rank - 1]};
  if (left.is_weight && !right.is_weight) {
    std::swap(left, right);
    gemm = {.m = gemm.n, .n = gemm.m, .k = gemm.k};
  }
  RepeatedGemm shape{.gemm = gemm};
  for (std::size_t i = 0; i + 2 < rank; ++i) {
    const std::uint64_t l = left.sizes[i], r = right.sizes[i];
    if (l != r && l != 1 && r != 1)
      context.fail("inputs", text_of(a.sizes) + " and " + text_of(b.sizes), "dimensions that are equal or 1");
    std::uint64_t& grows = r == 1 ? shape.gemm.m : shape.repeat;
    const NumberRange range = r == 1 ? gemm_range : NumberRange{1, record_limit};
    const auto product = checked_product({grows, std::max(l, r)});
    if (!product || *product > range.max)
      context.fail("inputs", text_of(a.sizes) + " and " + text_of(b.sizes),
                   fmt::format("at most {} {}", range.max, r == 1 ? "rows" : "products"));
    grows = *product;
  }
  return shape;
}

}  // namespace luqsim

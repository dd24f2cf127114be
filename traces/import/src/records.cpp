#include "records.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <string>

#include <fmt/format.h>

#include "checked.h"
#include "context.h"
#include "input.h"

namespace luqsim {
namespace {

constexpr std::uint64_t too_large = ~std::uint64_t{0};  // in place of a product of 2^64 or more

// One GEMM of a layer: Z = A W; `a` is the operand of fprop, not quantized.
struct LayerGemm {
  std::string name;
  std::uint64_t m = 0, n = 0, k = 0;
  Operand a;
};

// The GEMMs that one repetition of a layer is: one for each group, or for each sample, and what their names end in.
struct Parts {
  std::uint64_t count = 1;
  char letter = 'g';
};

Parts parts_of(const Layer& layer, std::uint64_t batch) {
  if (const auto* conv = std::get_if<ConvLayer>(&layer.shape)) return {.count = conv->groups};
  return std::get<GemmLayer>(layer.shape).per_sample ? Parts{.count = batch, .letter = 's'} : Parts{};
}

std::uint64_t output_size(std::uint64_t in, std::uint64_t kernel, std::uint64_t stride, OutputSize rounding) {
  return (in - kernel + (rounding == OutputSize::ceil ? stride - 1 : 0)) / stride + 1;
}

class LayerGemms {
 public:
  LayerGemms(std::uint64_t batch, bool quantize) : batch_(batch), quantize_(quantize) {}

  void add(const Layer& layer) {
    const Parts parts = parts_of(layer, batch_);
    LayerGemm gemm = std::visit([this](const auto& shape) { return gemm_of(shape); }, layer.shape);
    check(gemm, {layer.where, layer.name});
    for (std::uint64_t r = 0; r < layer.repeat; ++r)
      for (std::uint64_t p = 0; p < parts.count; ++p) {
        gemm.name = layer.name;
        if (layer.repeat > 1) gemm.name += fmt::format(".{}", r);
        if (parts.count > 1) gemm.name += fmt::format(".{}{}", parts.letter, p);
        if (!names_.insert(gemm.name).second)
          Context{layer.where, ""}.fail("name", in_quotes(gemm.name), "a name that no other layer has");
        gemms.push_back(gemm);
      }
  }

  std::vector<LayerGemm> gemms;

 private:
  LayerGemm gemm_of(const GemmLayer& layer) const {
    const std::uint64_t samples = layer.per_sample ? 1 : batch_;
    LayerGemm gemm{.m = checked_product({layer.m, samples}).value_or(too_large), .n = layer.n, .k = layer.k};
    gemm.a = {.rows = gemm.m, .cols = gemm.k};
    return gemm;
  }

  LayerGemm gemm_of(const ConvLayer& layer) const {
    const std::uint64_t out_h =
        output_size(layer.h + 2 * layer.padding, reach(layer.kernel_h, layer.dilation_h), layer.stride_h, layer.output);
    const std::uint64_t out_w =
        output_size(layer.w + 2 * layer.padding, reach(layer.kernel_w, layer.dilation_w), layer.stride_w, layer.output);
    const std::uint64_t images = batch_ * layer.images;
    const std::uint64_t c = layer.c / layer.groups;
    LayerGemm gemm{.m = checked_product({images, out_h, out_w}).value_or(too_large),
                   .n = layer.filters / layer.groups,
                   .k = checked_product({layer.kernel_h, layer.kernel_w, c}).value_or(too_large)};
    // Im2col has one stride and no dilation: otherwise the patches are stored as a matrix.
    if (layer.stride_h != layer.stride_w || layer.dilation_h > 1 || layer.dilation_w > 1) {
      gemm.a = {.rows = gemm.m, .cols = gemm.k};
      return gemm;
    }
    // Im2col rounds down. Where the output is rounded up, the last patches reach past the image: it is stored with the
    // rows and columns of zeros, fewer than a stride, that they need.
    std::uint64_t h = layer.h, w = layer.w;
    if (layer.output == OutputSize::ceil) {
      h = (out_h - 1) * layer.stride_h + layer.kernel_h - 2 * layer.padding;
      w = (out_w - 1) * layer.stride_w + layer.kernel_w - 2 * layer.padding;
    }
    // Im2col's padding is shorter than the kernel: an image with more zeros around it is stored with them.
    std::uint64_t padding = layer.padding;
    if (padding >= std::min(layer.kernel_h, layer.kernel_w)) {
      h += 2 * padding, w += 2 * padding;
      padding = 0;
    }
    const auto u32 = [](std::uint64_t value) { return static_cast<std::uint32_t>(value); };
    gemm.a = {.rows = checked_product({images, h, w}).value_or(too_large),
              .cols = c,
              .view = View::im2col,
              .im2col = Im2col{.n = u32(images),
                               .h = u32(h),
                               .w = u32(w),
                               .c = u32(c),
                               .kernel_h = u32(layer.kernel_h),
                               .kernel_w = u32(layer.kernel_w),
                               .stride = u32(layer.stride_h),
                               .padding = u32(padding)}};
    return gemm;
  }

  // What check_record would refuse, with the place in the file.
  void check(const LayerGemm& gemm, const Context& context) const {
    for (const auto& [key, value] : {std::pair("M", gemm.m), std::pair("N", gemm.n), std::pair("K", gemm.k)})
      if (value > gemm_range.max)
        context.fail(key, fmt::format("2^40 or more with a batch of {}", batch_), "less: a smaller batch or layer");
    if (!checked_product({gemm.m, gemm.n, gemm.k}))
      context.fail("M, N, K", fmt::format("{} x {} x {}", gemm.m, gemm.n, gemm.k), "fewer than 2^64 multiplications");
    if (!quantize_) return;
    check_sawb("activations", gemm.a.rows, gemm.a.cols, context);
    check_sawb("weights", gemm.k, gemm.n, context);
  }

  static void check_sawb(const char* what, std::uint64_t rows, std::uint64_t cols, const Context& context) {
    const auto elements = checked_product({rows, cols});
    if (!elements || *elements > sawb_element_limit)
      context.fail(what, fmt::format("{} x {} elements", rows, cols),
                   "at most 2^27 elements, what SAWB sums exactly: a smaller batch or layer");
  }

  const std::uint64_t batch_;
  const bool quantize_;
  std::set<std::string> names_;
};

class Passes {
 public:
  explicit Passes(std::span<const Pass> passes) {
    for (const Pass pass : passes) has_[static_cast<std::size_t>(pass)] = true;
  }
  bool has(Pass pass) const { return has_[static_cast<std::size_t>(pass)]; }
  std::uint64_t count() const { return static_cast<std::uint64_t>(std::ranges::count(has_, true)); }

 private:
  std::array<bool, EnumNames<Pass>::names.size()> has_{};
};

Record record_of(const LayerGemm& gemm, Pass pass) {
  return {.id = fmt::format("{}.{}", gemm.name, name_of(pass)), .layer = gemm.name, .pass = pass};
}

Operand weights(const LayerGemm& gemm) { return {.rows = gemm.k, .cols = gemm.n}; }

Operand gradient(const LayerGemm& gemm) { return {.format = Format::fp4_e3m0, .rows = gemm.m, .cols = gemm.n}; }

Record fprop(const LayerGemm& gemm) {
  Record record = record_of(gemm, Pass::fprop);
  record.m = gemm.m, record.n = gemm.n, record.k = gemm.k;
  record.a = gemm.a;
  record.b = weights(gemm);
  record.a.quantization = record.b.quantization = SawbQuantization{};
  return record;
}

Record dgrad(const LayerGemm& gemm) {
  Record record = record_of(gemm, Pass::dgrad);
  record.m = gemm.m, record.n = gemm.k, record.k = gemm.n;
  record.a = gradient(gemm);
  record.b = weights(gemm);
  record.b.view = View::transposed;
  return record;
}

Record wgrad(const LayerGemm& gemm) {
  Record record = record_of(gemm, Pass::wgrad);
  record.m = gemm.k, record.n = gemm.n, record.k = gemm.m;
  record.a = gemm.a;
  record.a.view = gemm.a.view == View::im2col ? View::im2col_transposed : View::transposed;
  record.b = gradient(gemm);
  return record;
}

void check_count(std::span<const Layer> layers, std::uint64_t batch, std::uint64_t passes) {
  std::uint64_t records = 0;
  for (const Layer& layer : layers) {
    records += layer.repeat * parts_of(layer, batch).count * passes;
    if (records > record_limit)
      Context{layer.where, layer.name}.fail("repeat, groups and samples", fmt::format("{} records up to here", records),
                                            fmt::format("at most {} in a trace", record_limit));
  }
}

}  // namespace

std::vector<Record> make_records(std::span<const Layer> layers, std::uint64_t batch, std::span<const Pass> of) {
  const Passes passes(of);
  check_count(layers, batch, passes.count());
  LayerGemms all(batch, passes.has(Pass::fprop));
  for (const Layer& layer : layers) all.add(layer);

  std::vector<Record> records;
  records.reserve(all.gemms.size() * passes.count());
  if (passes.has(Pass::fprop)) std::ranges::transform(all.gemms, std::back_inserter(records), fprop);
  for (std::size_t i = all.gemms.size(); i-- > 0;) {
    const LayerGemm& gemm = all.gemms[i];
    // Every layer's gradient has random numbers of its own.
    const LuqQuantization luq{.stream = {.tensor = static_cast<std::uint32_t>(i)}};
    if (passes.has(Pass::dgrad)) {
      records.push_back(dgrad(gemm));
      records.back().a.quantization = luq;
    }
    if (passes.has(Pass::wgrad)) {
      records.push_back(wgrad(gemm));
      if (!passes.has(Pass::dgrad)) records.back().b.quantization = luq;
    }
  }
  return records;
}

}  // namespace luqsim

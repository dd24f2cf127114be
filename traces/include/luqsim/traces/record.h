// What a trace says of one GEMM: shapes, operand formats, scales, how the operands were quantized, tensor names.
#pragma once
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "luqsim/numerics/dot_model.h"
#include "luqsim/numerics/luq.h"
#include "luqsim/numerics/sawb.h"

namespace luqsim {

enum class Pass : std::uint8_t { fprop, dgrad, wgrad };
template <>
struct EnumNames<Pass> {
  static constexpr std::array<std::string_view, 3> names{"fprop", "dgrad", "wgrad"};
};

// Of a trace that is made from layers; the longest header of a recorded one holds fewer.
constexpr std::uint64_t record_limit = 1'000'000;

// How the stored tensor becomes the operand matrix of the GEMM.
enum class View : std::uint8_t { direct, transposed, im2col, im2col_transposed };
template <>
struct EnumNames<View> {
  static constexpr std::array<std::string_view, 4> names{"direct", "transposed", "im2col", "im2col_transposed"};
};

// A stored NHWC activation tensor (rows n * h * w, cols c) read as the matrix of its patches: row (image, out_y,
// out_x), column (kernel_y, kernel_x, channel); zero outside the image. padding < kernel; out = (h + 2 padding -
// kernel) / stride + 1.
struct Im2col {
  std::uint32_t n = 0, h = 0, w = 0, c = 0;
  std::uint32_t kernel_h = 0, kernel_w = 0, stride = 1, padding = 0;

  std::uint64_t out_h() const { return (std::uint64_t{h} + std::uint64_t{2} * padding - kernel_h) / stride + 1; }
  std::uint64_t out_w() const { return (std::uint64_t{w} + std::uint64_t{2} * padding - kernel_w) / stride + 1; }
  std::uint64_t rows() const { return n * out_h() * out_w(); }
  std::uint64_t cols() const { return std::uint64_t{kernel_h} * kernel_w * c; }
};

// Bounds of what the quantizers take: a tensor whose SAWB moments are exact, the steps of a random stream.
constexpr std::uint64_t sawb_element_limit = std::uint64_t{1} << 27;  // inclusive
constexpr std::uint32_t stream_step_limit = 1U << 24;                 // exclusive

// LUQ of the stored tensor. `estimate` is the hindsight maximum; absent: the exact maximum was used. Code tensor s of
// the operand took the random numbers of sample stream.sample + s.
struct LuqQuantization {
  LuqConfig config;
  RandomStream stream;
  std::optional<float> estimate;

  bool operator==(const LuqQuantization&) const = default;
};
struct SawbQuantization {
  SawbConfig config;

  bool operator==(const SawbQuantization&) const = default;
};
using Quantization = std::variant<SawbQuantization, LuqQuantization>;

struct Operand {
  Format format = Format::int4;
  std::uint64_t rows = 0, cols = 0;  // of the stored tensor, before the view
  View view = View::direct;
  std::optional<Im2col> im2col;  // with the im2col views
  float scale = 1;
  std::optional<Quantization> quantization;
  std::vector<std::string> codes;  // packed code tensors (U8 [rows, (cols + 1) / 2]), one a sample; none: shape only
  std::string source;              // F32 or BF16 [rows, cols], before quantization; may be empty
};

// A tensor core by its numbers, with the format of its operands, which holds their 4-bit values exactly.
struct CustomDotModel {
  Format format = Format::fp16;
  DotModel model;

  bool operator==(const CustomDotModel&) const = default;
};
// The floating-point tensor core that computed an output: a measured one, or any other.
using DotModelUse = std::variant<DotPreset, CustomDotModel>;

// out (M x N) = sum over samples of A (M x K) B (K x N), scaled. fprop: Z = A W; dgrad: G = D W^T; wgrad: dW = A^T D.
struct Record {
  std::string id;
  std::uint64_t step = 0;
  std::string layer;
  Pass pass = Pass::fprop;
  std::uint64_t m = 0, n = 0, k = 0;
  Operand a, b;
  std::string out;     // F32 [m, n]; may be empty
  std::string kernel;  // what computed it
  // Where the sums are not exact: the sum of an output is the dot product of this model over k in order, sample after
  // sample, from +0 on.
  std::optional<DotModelUse> dot_model;

  bool shape_only() const { return a.codes.empty() && b.codes.empty(); }
  std::uint64_t macs() const { return m * n * k * samples(); }
  std::uint64_t samples() const { return std::max<std::uint64_t>({1, a.codes.size(), b.codes.size()}); }
};

// Where a trace comes from. `backend`: cuda, cpu or torch; the rest is free text, empty when it does not apply.
struct Provenance {
  std::string backend, device, driver, cuda, kernels, network, dataset, date, revision;
  std::uint64_t seed = 0;
};

}  // namespace luqsim

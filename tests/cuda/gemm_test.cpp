// Widening, the tensor-core GEMM and its epilogue against the model, bit for bit.
#include "luqsim/cuda/gemm.h"

#include "luqsim/cuda/packed_gemm.h"
#include "luqsim/numerics/gemm.h"
#include "luqsim/numerics/tensor.h"
#include "luqsim/traces/operand.h"

#include "on_device.h"
#include "sampling.h"

namespace luqsim::cuda {
namespace {

using sampling::Source;
using test::OnDevice;

constexpr Format formats[]{Format::int4, Format::uint4, Format::fp4_e3m0};

std::vector<std::uint8_t> random_codes(Source& source, Shape shape) {
  std::vector<std::uint8_t> bytes(shape.rows * packed_row_bytes(shape.cols));
  for (std::uint8_t& b : bytes) b = static_cast<std::uint8_t>(source.bits());
  if (shape.cols % 2 == 1)  // padding nibbles are 0
    for (std::size_t row = 0; row < shape.rows; ++row) bytes[(row + 1) * packed_row_bytes(shape.cols) - 1] &= 0xF;
  return bytes;
}

Operand operand_of(Format format, Shape shape, View view) {
  Operand operand;
  operand.format = format;
  operand.rows = shape.rows;
  operand.cols = shape.cols;
  operand.view = view;
  return operand;
}

class Gemm : public test::DeviceTest {
 protected:
  OnDevice<std::uint8_t> upload(const std::vector<std::uint8_t>& bytes, std::size_t offset = 0) {
    return {stream_, std::span<const std::uint8_t>(bytes), offset};
  }

  // The operand's matrix (rows x k) as the model reads it, with zeros up to the padding.
  static std::vector<std::int8_t> model_rows(const Operand& operand, const CodeView& view) {
    const MatrixShape shape = matrix_shape(operand);
    std::vector<std::int8_t> dense(shape.rows * shape.cols), out(padded(shape.rows) * padded(shape.cols));
    read_block(operand, view, 0, shape.rows, 0, shape.cols, dense);
    for (std::size_t row = 0; row < shape.rows; ++row)
      std::copy_n(dense.begin() + static_cast<std::ptrdiff_t>(row * shape.cols), shape.cols,
                  out.begin() + static_cast<std::ptrdiff_t>(row * padded(shape.cols)));
    return out;
  }
};

TEST_F(Gemm, WidensRowsAndColumns) {
  Source source(1);
  for (const Format format : formats)
    for (const Shape shape : {Shape{1, 1}, Shape{3, 5}, Shape{16, 16}, Shape{17, 48}, Shape{64, 64}, Shape{65, 63},
                              Shape{2, 1000}, Shape{1000, 2}, Shape{130, 257}})
      for (const std::size_t offset : {0U, 1U, 8U}) {
        const std::vector<std::uint8_t> bytes = random_codes(source, shape);
        const auto codes = upload(bytes, offset);
        const CodeView view{format, shape.rows, shape.cols, bytes};
        const OnDevice<std::int8_t> rows(stream_, padded(shape.rows) * padded(shape.cols)),
            cols(stream_, padded(shape.rows) * padded(shape.cols));
        widen(stream_, codes.data(), format, shape, rows.data());
        widen_transposed(stream_, codes.data(), format, shape, cols.data());
        ASSERT_EQ(rows.host(), model_rows(operand_of(format, shape, View::direct), view))
            << shape.rows << " x " << shape.cols;
        ASSERT_EQ(cols.host(), model_rows(operand_of(format, shape, View::transposed), view))
            << shape.rows << " x " << shape.cols;
      }
}

TEST_F(Gemm, WidensPatches) {
  Source source(2);
  for (const Im2col& g :
       {Im2col{2, 4, 5, 2, 3, 3, 1, 1}, Im2col{2, 5, 4, 3, 2, 3, 1, 0}, Im2col{1, 7, 6, 1, 3, 2, 2, 1},
        Im2col{3, 1, 1, 2, 3, 3, 1, 1}, Im2col{2, 9, 8, 17, 5, 5, 3, 2}}) {
    const Shape stored{std::uint64_t{g.n} * g.h * g.w, g.c};
    const std::vector<std::uint8_t> bytes = random_codes(source, stored);
    const auto codes = upload(bytes);
    for (const View view : {View::im2col, View::im2col_transposed}) {
      Operand operand = operand_of(Format::int4, stored, view);
      operand.im2col = g;
      const std::vector<std::int8_t> model = model_rows(operand, {Format::int4, stored.rows, stored.cols, bytes});
      const OnDevice<std::int8_t> rows(stream_, model.size());
      widen_patches(stream_, codes.data(), Format::int4,
                    {g.n, g.h, g.w, g.c, g.kernel_h, g.kernel_w, g.stride, g.padding}, view == View::im2col_transposed,
                    rows.data());
      ASSERT_EQ(rows.host(), model) << name_of(view) << " of " << g.h << " x " << g.w << " x " << g.c;
    }
  }
}

// One operand on the device and as the model reads it.
struct TestOperand {
  TestOperand(cudaStream_t stream, Source& source, Operand o, std::size_t samples, float scale)
      : operand(std::move(o)), factor(scale), device_scale(stream, std::span<const float>(&factor, 1)) {
    for (std::size_t s = 0; s < samples; ++s) {
      bytes.push_back(random_codes(source, {operand.rows, operand.cols}));
      device_codes.emplace_back(stream, std::span<const std::uint8_t>(bytes.back()));
      pointers.push_back(device_codes.back().data());
    }
  }

  PackedOperand packed() const {
    PackedOperand x{operand.format, {operand.rows, operand.cols}, pointers, device_scale.data()};
    x.transposed = operand.view == View::transposed || operand.view == View::im2col_transposed;
    if (const auto& g = operand.im2col)
      x.patches = Patches{g->n, g->h, g->w, g->c, g->kernel_h, g->kernel_w, g->stride, g->padding};
    return x;
  }
  std::vector<std::int8_t> matrix(std::size_t sample) const {
    const MatrixShape shape = matrix_shape(operand);
    std::vector<std::int8_t> values(shape.rows * shape.cols);
    read_block(operand, {operand.format, operand.rows, operand.cols, bytes[sample % bytes.size()]}, 0, shape.rows, 0,
               shape.cols, values);
    return values;
  }

  Operand operand;
  float factor;
  OnDevice<float> device_scale;
  std::vector<std::vector<std::uint8_t>> bytes;
  std::vector<OnDevice<std::uint8_t>> device_codes;
  std::vector<const std::uint8_t*> pointers;
};

void expect_product(cudaStream_t stream, PackedGemm& gemm, const TestOperand& a, const TestOperand& b) {
  const MatrixShape left = matrix_shape(a.operand), right = matrix_shape(b.operand);
  const std::uint64_t m = left.rows, n = right.cols, k = left.cols;
  const std::size_t samples = std::max(a.bytes.size(), b.bytes.size());
  std::vector<std::int64_t> totals(m * n);
  std::vector<std::int32_t> sums(m * n);
  for (std::size_t s = 0; s < samples; ++s) {
    const auto x = a.matrix(s), y = b.matrix(s);
    gemm_s8s8s32({x.data(), m, k, k}, {y.data(), k, n, n}, sums);
    for (std::size_t i = 0; i < sums.size(); ++i) totals[i] += sums[i];
  }
  std::vector<float> expected(m * n);
  scale_output(totals, output_scale(a.factor, b.factor, static_cast<std::uint32_t>(samples)), expected);

  const OnDevice<float> out(stream, m * n);
  EXPECT_FALSE(gemm.run(a.packed(), b.packed(), m, n, k, out.data()).empty());
  ASSERT_EQ(out.host(), expected) << "M=" << m << " N=" << n << " K=" << k << " " << name_of(a.operand.format) << " x "
                                  << name_of(b.operand.format) << ", " << name_of(a.operand.view) << " x "
                                  << name_of(b.operand.view) << ", samples " << samples;
}

TEST_F(Gemm, WholeGemmOfEveryFormatAndOrder) {
  Source source(3);
  PackedGemm gemm(stream_);
  for (const auto& [m, n, k] : {std::tuple<std::uint64_t, std::uint64_t, std::uint64_t>{1, 1, 1},
                                {3, 5, 7},
                                {16, 16, 16},
                                {33, 47, 65},
                                {64, 10, 129},
                                {1, 100, 300},
                                {100, 1, 31},
                                {5, 3, 2000}})
    for (const auto& [format_a, format_b] :
         {std::pair{Format::int4, Format::int4}, std::pair{Format::uint4, Format::int4},
          std::pair{Format::fp4_e3m0, Format::int4}, std::pair{Format::uint4, Format::fp4_e3m0}})
      for (const View view_a : {View::direct, View::transposed})
        for (const View view_b : {View::direct, View::transposed})
          for (const std::size_t samples : {1U, 3U}) {
            const TestOperand a(stream_, source,
                                operand_of(format_a, view_a == View::direct ? Shape{m, k} : Shape{k, m}, view_a), 1,
                                0x1.8p-3F),
                b(stream_, source, operand_of(format_b, view_b == View::direct ? Shape{k, n} : Shape{n, k}, view_b),
                  samples, 0x1.234568p-7F);
            expect_product(stream_, gemm, a, b);
            if (HasFatalFailure()) return;
          }
}

TEST_F(Gemm, ConvolutionsForwardAndBackward) {
  Source source(5);
  PackedGemm gemm(stream_);
  const Im2col g{2, 6, 5, 3, 3, 3, 1, 1};
  Operand images = operand_of(Format::uint4, {std::uint64_t{g.n} * g.h * g.w, g.c}, View::im2col);
  images.im2col = g;
  expect_product(stream_, gemm, {stream_, source, images, 1, 0.5F},
                 {stream_, source, operand_of(Format::int4, {g.cols(), 7}, View::direct), 1, 0.25F});
  images.view = View::im2col_transposed;
  expect_product(stream_, gemm, {stream_, source, images, 1, 0.5F},
                 {stream_, source, operand_of(Format::fp4_e3m0, {g.rows(), 7}, View::direct), 2, 0.25F});
}

// Several strips, the last one short: their buffers take turns.
TEST_F(Gemm, LargeOutputsInStrips) {
  Source source(6);
  PackedGemm gemm(stream_);
  for (int i = 0; i < 2; ++i)
    expect_product(stream_, gemm,
                   {stream_, source, operand_of(Format::fp4_e3m0, {1030, 17}, View::direct), 1, 0x1.8p-3F},
                   {stream_, source, operand_of(Format::int4, {17, 16390}, View::direct), 1, 0x1.234568p-7F});
}

TEST_F(Gemm, EpilogueRoundsTwiceAndAveragesSamples) {
  Source source(4);
  const float scale_a = 0x1.fffffep-3F, scale_b = 0x1.234568p-7F;
  const OnDevice<float> s_a(stream_, std::span<const float>(&scale_a, 1)),
      s_b(stream_, std::span<const float>(&scale_b, 1));
  for (const Shape shape : {Shape{1, 1}, Shape{3, 5}, Shape{16, 32}, Shape{7, 48}})
    for (const std::uint64_t stride : {shape.cols, padded(shape.cols)})
      for (const std::uint32_t samples : {1U, 2U, 3U}) {
        std::vector<std::int32_t> sums(shape.rows * stride);
        for (std::int32_t& s : sums) s = static_cast<std::int32_t>(source.bits()) >> source.below(32);
        std::vector<std::int64_t> totals(sums.size());
        for (std::size_t i = 0; i < sums.size(); ++i) totals[i] = std::int64_t{sums[i]} * samples;
        std::vector<std::int64_t> dense;
        for (std::size_t i = 0; i < shape.size(); ++i)
          dense.push_back(totals[i / shape.cols * stride + i % shape.cols]);
        std::vector<float> expected(shape.size());
        scale_output(dense, output_scale(scale_a, scale_b, samples), expected);

        const OnDevice<std::int32_t> device_sums(stream_, std::span<const std::int32_t>(sums));
        const OnDevice<std::int64_t> device_totals(stream_, sums.size());
        const OnDevice<float> out(stream_, shape.size());
        for (std::uint32_t s = 0; s < samples; ++s)
          add_sums(stream_, device_sums.data(), sums.size(), s == 0, device_totals.data());
        ASSERT_EQ(device_totals.host(), totals);
        scale_sums(stream_, device_totals.data(), stride, shape, s_a.data(), s_b.data(), samples, out.data());
        ASSERT_EQ(out.host(), expected);
        if (samples > 1) continue;
        const OnDevice<float> direct(stream_, shape.size());
        scale_sums(stream_, device_sums.data(), stride, shape, s_a.data(), s_b.data(), 1, direct.data());
        ASSERT_EQ(direct.host(), expected);
      }
}

TEST_F(Gemm, RefusesFormatsWithoutIntegerValues) {
  EXPECT_THROW(widen(stream_, nullptr, Format::fp8_e4m3, {1, 1}, nullptr), std::invalid_argument);
}

}  // namespace
}  // namespace luqsim::cuda

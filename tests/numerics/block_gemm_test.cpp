#include "luqsim/numerics/block_gemm.h"

#include <bit>
#include <cmath>
#include <stdexcept>

#include <gtest/gtest.h>

#include "luqsim/numerics/luq.h"

#include "block_bridge.h"
#include "luq_bridge.h"
#include "sampling.h"

namespace {

using luqsim::BlockFormat;
using luqsim::BlockScaleConfig;
using luqsim::BlockTensor;
using oracle::Blocks;
using sampling::Source;

constexpr BlockFormat formats[] = {BlockFormat::mxfp4, BlockFormat::nvfp4};
constexpr std::uint32_t nan_bits = 0x7FC00000;

std::vector<float> multiply(const BlockTensor& a, const BlockTensor& b) {
  std::vector<float> out(a.codes.rows * b.codes.rows);
  luqsim::block_gemm(a.view(), b.view(), out);
  return out;
}

void expect_equals_oracle(const Blocks& a, const Blocks& b, BlockFormat format) {
  const std::vector<float> out = multiply(bridge::packed(a, format), bridge::packed(b, format));
  const std::vector<float> expected = oracle::multiply_blocks(a, b, bridge::settings({.format = format}));
  ASSERT_EQ(out.size(), expected.size());
  for (std::size_t i = 0; i < out.size(); ++i)
    ASSERT_EQ(std::bit_cast<std::uint32_t>(out[i]), std::bit_cast<std::uint32_t>(expected[i]))
        << luqsim::name_of(format) << " " << i / b.rows << ", " << i % b.rows << ": " << std::hexfloat << out[i] << " "
        << expected[i];
}

Blocks one_block_rows(const std::vector<std::uint8_t>& codes, const std::vector<std::uint8_t>& scales) {
  return {codes.size(), 1, codes, scales, 1};
}

TEST(BlockGemm, EveryPairOfCodes) {
  std::vector<std::uint8_t> codes;
  for (int code = 0; code < 16; ++code) codes.push_back(static_cast<std::uint8_t>(code));
  for (const BlockFormat format : formats) {
    const std::uint8_t one = format == BlockFormat::mxfp4 ? 127 : 0x38;
    const Blocks a = one_block_rows(codes, std::vector<std::uint8_t>(16, one));
    ASSERT_NO_FATAL_FAILURE(expect_equals_oracle(a, a, format));
    const std::vector<float> out = multiply(bridge::packed(a, format), bridge::packed(a, format));
    for (std::uint32_t i = 0; i < 256; ++i)
      EXPECT_EQ(out[i],
                luqsim::decode(luqsim::Format::fp4_e2m1, i / 16) * luqsim::decode(luqsim::Format::fp4_e2m1, i % 16));
  }
}

// All 256 x 256 pairs of e8m0, NaN, overflow and underflow among them, and all 128 x 128 of e4m3 without sign; with
// products of elements 36, 1/4 and -1.
TEST(BlockGemm, EveryPairOfScales) {
  for (const BlockFormat format : formats) {
    const int count = format == BlockFormat::mxfp4 ? 256 : 128;
    std::vector<std::uint8_t> scales;
    for (int code = 0; code < count; ++code) scales.push_back(static_cast<std::uint8_t>(code));
    for (const auto& [x, y] : {std::pair<std::uint8_t, std::uint8_t>{7, 7}, {1, 1}, {2, 10}}) {
      const Blocks a = one_block_rows(std::vector<std::uint8_t>(scales.size(), x), scales),
                   b = one_block_rows(std::vector<std::uint8_t>(scales.size(), y), scales);
      ASSERT_NO_FATAL_FAILURE(expect_equals_oracle(a, b, format));
    }
  }
}

// Scales that meet: of one magnitude, of the whole range, zero and NaN.
std::uint8_t random_scale(Source& source, BlockFormat format) {
  if (format == BlockFormat::mxfp4) switch (source.below(12)) {
      case 0:
        return static_cast<std::uint8_t>(source.one_in(5) ? 255 : 0);
      case 1:
        return static_cast<std::uint8_t>(source.between(180, 200));
      case 2:
        return static_cast<std::uint8_t>(source.between(40, 60));
      default:
        return static_cast<std::uint8_t>(source.between(120, 134));
    }
  if (source.one_in(40)) return 0x7F;
  return static_cast<std::uint8_t>(source.below(0x7F));
}

Blocks random_blocks(Source& source, BlockFormat format, std::size_t rows, std::size_t cols) {
  Blocks t{rows, cols, {}, {}, 1};
  const std::size_t length = luqsim::block_length(format), blocks = luqsim::blocks_per_row(format, cols);
  for (std::size_t i = 0; i < rows * blocks; ++i) t.scales.push_back(random_scale(source, format));
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < cols; ++j) {
      const bool zeros = t.scales[i * blocks + j / length] % 16 == 3;
      t.codes.push_back(static_cast<std::uint8_t>(zeros ? 8 * source.below(2) : source.below(16)));
    }
  if (format == BlockFormat::nvfp4) t.tensor_scale = std::fabs(source.float_near(1.0F, source.one_in(4) ? 126 : 20));
  return t;
}

TEST(BlockGemm, RandomShapesAndSpecialBlocks) {
  Source source(111);
  for (int round = 0; round < 250; ++round)
    for (const BlockFormat format : formats) {
      const auto size = [&](int most) { return static_cast<std::size_t>(source.between(1, most)); };
      const std::size_t m = size(5), n = size(5), k = size(round % 10 == 0 ? 700 : 100);
      const Blocks a = random_blocks(source, format, m, k), b = random_blocks(source, format, n, k);
      ASSERT_NO_FATAL_FAILURE(expect_equals_oracle(a, b, format)) << m << " x " << k << " x " << n;
    }
}

TEST(BlockGemm, QuantizedTensors) {
  Source source(112);
  for (const BlockFormat format : formats)
    for (const std::size_t k : {16U, 40U, 129U}) {
      const BlockScaleConfig c{.format = format};
      const std::vector<float> x = sampling::floats_near(source, 1e-3F, 6, 7 * k),
                               y = sampling::floats_near(source, 2.0F, 6, 5 * k);
      const BlockTensor a = luqsim::block_quantize(x, 7, k, c).tensor, b = luqsim::block_quantize(y, 5, k, c).tensor;
      const auto quantized = [&](const std::vector<float>& v, std::size_t rows) {
        return oracle::quantize_blocks(v, rows, k, bridge::settings(c), {}, luqsim::max_abs(v).max_abs);
      };
      EXPECT_EQ(multiply(a, b), oracle::multiply_blocks(quantized(x, 7), quantized(y, 5), bridge::settings(c)));
    }
}

// Rows of three blocks with one element each, of value 4 times the scale.
Blocks three_terms(std::uint8_t s0, std::uint8_t s1, std::uint8_t s2, bool last_negative) {
  Blocks t{1, 65, std::vector<std::uint8_t>(65, 0), {s0, s1, s2}, 1};
  t.codes[0] = t.codes[32] = 6;
  t.codes[64] = last_negative ? 14 : 6;
  return t;
}

// (2^24 + 1) - 2^24 loses the 1 to the tie that goes to even; with increasing k nothing else can be.
TEST(BlockGemm, BlocksAreSummedInOrderAndRounded) {
  const Blocks ones = three_terms(125, 125, 125, false);
  const auto sum = [&](const Blocks& a) {
    return multiply(bridge::packed(a, BlockFormat::mxfp4), bridge::packed(ones, BlockFormat::mxfp4))[0];
  };
  EXPECT_EQ(sum(three_terms(149, 125, 149, true)), 0.0F);
  EXPECT_EQ(sum(three_terms(149, 126, 149, true)), 2.0F);
  EXPECT_EQ(sum(three_terms(125, 149, 149, true)), 0.0F);
  EXPECT_EQ(sum(three_terms(149, 125, 125, false)), 0x1p24F);
  EXPECT_EQ(sum(three_terms(125, 125, 149, false)), 0x1p24F + 2);
}

TEST(BlockGemm, InfinitiesAndNan) {
  const Blocks big = three_terms(254, 254, 254, false), canceling = three_terms(254, 254, 254, true),
               one = three_terms(127, 127, 127, false), nan = three_terms(127, 255, 127, false);
  const auto bits = [](const Blocks& a, const Blocks& b) {
    return std::bit_cast<std::uint32_t>(
        multiply(bridge::packed(a, BlockFormat::mxfp4), bridge::packed(b, BlockFormat::mxfp4))[0]);
  };
  EXPECT_EQ(bits(big, big), 0x7F800000U);
  EXPECT_EQ(bits(big, canceling), nan_bits);
  EXPECT_EQ(bits(one, nan), nan_bits);
  EXPECT_EQ(bits(nan, big), nan_bits);
  Blocks zeros = nan;
  zeros.codes.assign(65, 0);
  EXPECT_EQ(bits(zeros, zeros), nan_bits);
}

TEST(BlockGemm, TensorScalesMultiplyFirst) {
  Blocks a{1, 1, {7}, {0x38}, 0x1.000002p0F}, b{1, 1, {7}, {0x38}, 0x1.000002p0F};
  const auto product = [&] {
    return multiply(bridge::packed(a, BlockFormat::nvfp4), bridge::packed(b, BlockFormat::nvfp4))[0];
  };
  EXPECT_EQ(product(), 36.0F * (0x1.000002p0F * 0x1.000002p0F));
  a.tensor_scale = b.tensor_scale = 0x1p-100F;
  EXPECT_EQ(product(), 0.0F);
  a.tensor_scale = b.tensor_scale = 0x1p100F;
  EXPECT_EQ(product(), INFINITY);
  a.codes[0] = 0;
  EXPECT_EQ(std::bit_cast<std::uint32_t>(product()), nan_bits);
  a.tensor_scale = 0;
  EXPECT_EQ(std::bit_cast<std::uint32_t>(product()), 0U);
}

TEST(BlockGemm, WithoutTermsTheResultIsZero) {
  const Blocks none{2, 0, {}, {}, 1};
  for (const BlockFormat format : formats)
    EXPECT_EQ(multiply(bridge::packed(none, format), bridge::packed(none, format)), std::vector<float>(4, 0.0F));
}

TEST(BlockGemm, RejectsWhatDoesNotFit) {
  Source source(113);
  const BlockTensor good = bridge::packed(random_blocks(source, BlockFormat::mxfp4, 2, 33), BlockFormat::mxfp4);
  std::vector<float> out(4);
  EXPECT_NO_THROW(luqsim::block_gemm(good.view(), good.view(), out));
  EXPECT_THROW(luqsim::block_gemm(good.view(), good.view(), std::span(out).first(3)), std::invalid_argument);
  const auto refused = [&](const BlockTensor& other) {
    EXPECT_THROW(luqsim::block_gemm(other.view(), good.view(), out), std::invalid_argument);
    EXPECT_THROW(luqsim::block_gemm(good.view(), other.view(), out), std::invalid_argument);
  };
  BlockTensor bad = good;
  bad.scales.pop_back();
  refused(bad);
  bad = good;
  bad.codes.bytes.push_back(0);
  refused(bad);
  bad = good;
  bad.format = BlockFormat::nvfp4;
  bad.scales.assign(6, 0x38);
  refused(bad);
  bad = bridge::packed(random_blocks(source, BlockFormat::mxfp4, 2, 34), BlockFormat::mxfp4);
  refused(bad);
  BlockTensor negative = bridge::packed(random_blocks(source, BlockFormat::nvfp4, 2, 33), BlockFormat::nvfp4);
  EXPECT_NO_THROW(luqsim::block_gemm(negative.view(), negative.view(), out));
  negative.scales[1] = 0xB8;
  EXPECT_THROW(luqsim::block_gemm(negative.view(), negative.view(), out), std::invalid_argument);
}

}  // namespace

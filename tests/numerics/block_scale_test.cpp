#include "luqsim/numerics/block_scale.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <set>
#include <stdexcept>

#include <gtest/gtest.h>

#include "bfloat16.h"
#include "block_bridge.h"
#include "luq_bridge.h"
#include "sampling.h"

namespace {

using luqsim::BlockFormat;
using luqsim::BlockResult;
using luqsim::BlockScaleConfig;
using luqsim::ElementRounding;
using luqsim::Format;
using luqsim::QuantizeStatus;

constexpr luqsim::RandomStream stream{.seed = 0x1234567890ABCDEF, .tensor = 9, .step = 5, .sample = 1};
constexpr float largest = std::numeric_limits<float>::max();
constexpr BlockFormat formats[] = {BlockFormat::mxfp4, BlockFormat::nvfp4};

std::vector<BlockScaleConfig> configs(BlockFormat format) {
  return {{.format = format},
          {.format = format, .rounding = ElementRounding::stochastic},
          {.format = format, .rounding = ElementRounding::stochastic, .random_bits = 3}};
}

float max_of(const std::vector<float>& x) {
  float m = 0;
  for (const float v : x) m = std::max(m, std::fabs(v));
  return m;
}

// Codes with their padding, block scales and the tensor's against the oracle.
void expect_equals_oracle(const std::vector<float>& x, std::size_t rows, std::size_t cols, const BlockScaleConfig& c,
                          std::optional<float> estimate = std::nullopt) {
  const BlockResult result = luqsim::block_quantize(x, rows, cols, c, stream, estimate);
  ASSERT_EQ(result.measured.status, QuantizeStatus::ok);
  ASSERT_EQ(result.measured.max_abs, max_of(x));
  ASSERT_EQ(result.estimate, estimate.value_or(max_of(x)));
  const oracle::Blocks expected =
      oracle::quantize_blocks(x, rows, cols, bridge::settings(c), bridge::stream(stream), result.estimate);
  ASSERT_EQ(result.tensor.format, c.format);
  ASSERT_EQ(result.tensor.codes.format, Format::fp4_e2m1);
  ASSERT_EQ(std::bit_cast<std::uint32_t>(result.tensor.tensor_scale),
            std::bit_cast<std::uint32_t>(expected.tensor_scale));
  ASSERT_EQ(result.tensor.scales, expected.scales);
  for (std::size_t i = 0; i < x.size(); ++i)
    ASSERT_EQ(result.tensor.codes.view().code(i / cols, i % cols), expected.codes[i])
        << luqsim::name_of(c.format) << " " << luqsim::name_of(c.rounding) << " element " << i << " " << std::hexfloat
        << x[i] << " scale "
        << int{expected.scales[i / cols * luqsim::blocks_per_row(c.format, cols) +
                               i % cols / luqsim::block_length(c.format)]};
  ASSERT_EQ(result.tensor.codes.bytes, bridge::packed(expected, c.format).codes.bytes);
}

// Full blocks, each of `maximum` and of elements no larger, one block a row.
std::vector<float> blocks_of(float maximum, const std::vector<float>& elements, std::size_t length) {
  std::vector<float> x;
  for (const float v : elements) {
    if (std::fabs(v) > maximum) continue;
    if (x.size() % length == 0) x.push_back(maximum);
    x.push_back(v);
  }
  while (x.size() % length != 0) x.push_back(0);
  return x;
}

// The tables of the OCP MX specification 1.0 (E2M1, E8M0) and of OCP FP8 (E4M3).
TEST(BlockScale, TheFormatsAreThoseOfTheSpecifications) {
  const double e2m1[] = {0, 0.5, 1, 1.5, 2, 3, 4, 6};
  for (std::uint32_t code = 0; code < 8; ++code) {
    EXPECT_EQ(luqsim::decode(Format::fp4_e2m1, code), e2m1[code]);
    EXPECT_EQ(luqsim::decode(Format::fp4_e2m1, code + 8), -e2m1[code]);
  }
  EXPECT_EQ(luqsim::decode(Format::e8m0, 0), 0x1p-127);
  EXPECT_EQ(luqsim::decode(Format::e8m0, 127), 1);
  EXPECT_EQ(luqsim::decode(Format::e8m0, 254), 0x1p127);
  EXPECT_TRUE(std::isnan(luqsim::decode(Format::e8m0, 255)));
  EXPECT_EQ(luqsim::decode(Format::fp8_e4m3, 0x7E), 448);
  EXPECT_EQ(luqsim::decode(Format::fp8_e4m3, 0x08), 0x1p-6);
  EXPECT_EQ(luqsim::decode(Format::fp8_e4m3, 0x01), 0x1p-9);
  EXPECT_TRUE(std::isnan(luqsim::decode(Format::fp8_e4m3, 0x7F)));
  EXPECT_EQ(luqsim::block_length(BlockFormat::mxfp4), 32U);
  EXPECT_EQ(luqsim::block_length(BlockFormat::nvfp4), 16U);
  EXPECT_EQ(luqsim::blocks_per_row(BlockFormat::mxfp4, 33), 2U);
  EXPECT_EQ(luqsim::blocks_per_row(BlockFormat::nvfp4, 0), 0U);
}

// Worked by hand from section 6.3: X = 2^(floor(log2 max) - 2), elements x / X to nearest even, saturated.
TEST(BlockScale, KnownMxfp4Block) {
  const std::vector<float> x{7.9F, -7.9F, 5.0F, 2.5F, 0.25F, 0.75F, -0.0F, 1.75F, 3.5F, 0.26F};
  const BlockResult result = luqsim::block_quantize(x, 1, 10, {});
  EXPECT_EQ(result.tensor.scales, std::vector<std::uint8_t>{127});
  EXPECT_EQ(result.tensor.codes.bytes, (std::vector<std::uint8_t>{0xF7, 0x46, 0x20, 0x48, 0x16}));
  const auto scale = [](float v) { return luqsim::block_quantize(std::vector<float>{v}, 1, 1, {}).tensor.scales[0]; };
  EXPECT_EQ(scale(4.0F), 127);
  EXPECT_EQ(scale(std::nextafter(4.0F, 0.0F)), 126);
  EXPECT_EQ(scale(8.0F), 128);
  EXPECT_EQ(scale(1.0F), 125);
  EXPECT_EQ(scale(largest), 252);
}

// M = 2688: tensor scale 1, the largest block's scale 448. A block of maximum 3 has the scale 0.5.
TEST(BlockScale, KnownNvfp4Block) {
  std::vector<float> x(32, 0.0F);
  x[0] = 2688;
  x[1] = 1344;
  x[16] = 3;
  x[17] = -1;
  x[18] = 0.125F;
  const BlockResult result = luqsim::block_quantize(x, 1, 32, {.format = BlockFormat::nvfp4});
  EXPECT_EQ(result.tensor.tensor_scale, 1.0F);
  EXPECT_EQ(result.tensor.scales, (std::vector<std::uint8_t>{0x7E, 0x30}));
  EXPECT_EQ(result.tensor.codes.bytes[0], 0x57);
  EXPECT_EQ(result.tensor.codes.bytes[8], 0xC7);
  EXPECT_EQ(result.tensor.codes.bytes[9], 0x00);  // 0.25 is a tie, to even
}

TEST(BlockScale, EveryBfloat16InMxfp4Blocks) {
  const std::vector<float> all = bfloat16::all_finite();
  for (const float m : {0x1p-149F, 0x1.8p-125F, 0x1.fffffep-126F, 1.0F, 3.14159274F, 0x1.fffffep0F, 0x1p60F, largest})
    for (const BlockScaleConfig& c : configs(BlockFormat::mxfp4)) {
      const std::vector<float> x = blocks_of(m, all, 32);
      ASSERT_NO_FATAL_FAILURE(expect_equals_oracle(x, x.size() / 32, 32, c)) << std::hexfloat << m;
    }
}

TEST(BlockScale, EveryBfloat16InNvfp4Blocks) {
  const std::vector<float> all = bfloat16::all_finite();
  const std::pair<float, float> block_and_tensor[] = {{1.0F, 1.0F},         {3.14159274F, 100.0F}, {0x1p-12F, 1.0F},
                                                      {0x1p-99F, 0x1p-95F}, {largest, largest},    {5.0F, 3.0F}};
  for (const auto& [block, tensor] : block_and_tensor)
    for (const BlockScaleConfig& c : configs(BlockFormat::nvfp4)) {
      const std::vector<float> x = blocks_of(block, all, 16);
      ASSERT_NO_FATAL_FAILURE(expect_equals_oracle(x, x.size() / 16, 16, c, tensor)) << block << " of " << tensor;
    }
}

// Every scale that a binary32 maximum can give, 2^-127 to 2^125, with every element value and tie and what is next to
// them.
TEST(BlockScale, EveryE8m0ScaleAndEveryElementBoundary) {
  std::set<std::uint8_t> seen;
  for (int exponent = -149; exponent <= 127; ++exponent) {
    const int scale_exponent = std::max(exponent - 2, -127);
    for (const float m : bfloat16::around(std::ldexp(1.0F, exponent))) {
      if (m <= 0) continue;
      std::vector<float> elements;
      for (const double v : {0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 7.0})
        for (const float n : bfloat16::around(static_cast<float>(std::ldexp(v, scale_exponent)))) elements.push_back(n);
      const std::vector<float> x = blocks_of(m, elements, 32);
      for (const BlockScaleConfig& c : configs(BlockFormat::mxfp4))
        ASSERT_NO_FATAL_FAILURE(expect_equals_oracle(x, x.size() / 32, 32, c)) << std::hexfloat << m;
      seen.insert(luqsim::mxfp4_block_scale(m).code);
    }
  }
  EXPECT_EQ(seen.size(), 253U);
  EXPECT_EQ(*seen.rbegin(), 252);
}

// Every scale 0 .. 448, at its value, at the ties between two and one binary32 beside, for tensor scales that are
// powers of two and that are not; then every element value and tie under it.
TEST(BlockScale, EveryE4m3ScaleAndEveryElementBoundary) {
  std::set<std::uint8_t> seen;
  for (const float tensor_max : {2688.0F, 1.0F, 0x1.2bc3p-90F, largest}) {
    const double unit = double{tensor_max} / 2688;
    for (std::uint32_t code = 0; code < 0x7F; ++code) {
      const double low = luqsim::decode(Format::fp8_e4m3, code),
                   high = code == 0x7E ? 480.0 : luqsim::decode(Format::fp8_e4m3, code + 1);
      for (const double point : {low, low / 2 + high / 2})
        for (const float m : bfloat16::around(static_cast<float>(6 * point * unit))) {
          if (std::signbit(m)) continue;
          std::vector<float> elements;
          const luqsim::BlockScale s = luqsim::nvfp4_block_scale(m, luqsim::nvfp4_tensor_scale(tensor_max));
          seen.insert(s.code);
          const double step = luqsim::decode(Format::fp8_e4m3, s.code) * unit;
          for (const double v : {0.25, 0.5, 0.75, 1.25, 1.75, 2.0, 2.5, 3.5, 5.0, 6.0})
            for (const float n : bfloat16::around(static_cast<float>(v * step))) elements.push_back(n);
          const std::vector<float> x = blocks_of(m, elements, 16);
          ASSERT_NO_FATAL_FAILURE(
              expect_equals_oracle(x, x.size() / 16, 16, {.format = BlockFormat::nvfp4}, tensor_max))
              << std::hexfloat << m << " of " << tensor_max;
        }
    }
  }
  EXPECT_EQ(seen.size(), 127U);
  EXPECT_EQ(*seen.rbegin(), 0x7E);
}

TEST(BlockScale, TensorScales) {
  sampling::Source source(101);
  std::vector<float> maxima{0.0F, 0x1p-149F, 0x1.fffffep-101F, 0x1p-100F, 2688.0F, largest};
  for (int i = 0; i < 500; ++i) maxima.push_back(std::fabs(source.finite_float()));
  for (const float m : maxima) {
    const float expected = m < 0x1p-100F ? 0 : oracle::round_binary32(oracle::exact(m) / 2688);
    ASSERT_EQ(luqsim::nvfp4_tensor_scale(m), expected) << std::hexfloat << m;
    if (expected == 0) continue;
    // The smallest and the largest step of an element, and their inverses, are normal numbers.
    for (const std::uint32_t code : {1U, 0x7EU}) {
      const float step = static_cast<float>(luqsim::decode(Format::fp8_e4m3, code)) * expected;
      ASSERT_TRUE(std::isnormal(step) && std::isnormal(1 / step)) << std::hexfloat << m;
    }
  }
}

TEST(BlockScale, ShortBlocksAndManyShapes) {
  sampling::Source source(102);
  for (const BlockFormat format : formats)
    for (const std::size_t cols : {1U, 2U, 15U, 16U, 17U, 31U, 32U, 33U, 47U, 64U, 65U, 2050U})
      for (const std::size_t rows : {1U, 3U})
        for (const BlockScaleConfig& c : configs(format))
          for (const int spread : {2, 20})
            ASSERT_NO_FATAL_FAILURE(
                expect_equals_oracle(sampling::floats_near(source, 1.0F, spread, rows * cols), rows, cols, c))
                << rows << " x " << cols;
  EXPECT_TRUE(luqsim::block_quantize({}, 0, 5, {}).tensor.scales.empty());
  EXPECT_TRUE(luqsim::block_quantize({}, 5, 0, {}).tensor.codes.bytes.empty());
}

TEST(BlockScale, ExtremeMixtures) {
  sampling::Source source(103);
  for (int round = 0; round < 60; ++round) {
    std::vector<float> x(3 * 70);
    for (float& v : x) v = source.finite_float();
    for (const BlockFormat format : formats)
      for (const BlockScaleConfig& c : configs(format)) ASSERT_NO_FATAL_FAILURE(expect_equals_oracle(x, 3, 70, c));
  }
}

// Blocks of zeros have the smallest scale; so have blocks that are subnormal in units of it, whose elements stay exact.
TEST(BlockScale, ZeroSubnormalAndTinyBlocks) {
  std::vector<float> x(96, 0.0F);
  x[1] = -0.0F;
  x[32] = 0x1p-126F;  // 2 steps of 2^-127
  x[33] = -0x1p-128F;
  x[34] = 0x1p-149F;
  x[64] = 1.0F;
  const BlockResult mx = luqsim::block_quantize(x, 1, 96, {});
  EXPECT_EQ(mx.tensor.scales, (std::vector<std::uint8_t>{0, 0, 125}));
  EXPECT_EQ(mx.tensor.codes.bytes[0], 0x80);
  EXPECT_EQ(mx.tensor.codes.bytes[16], 0x94);
  EXPECT_EQ(mx.tensor.codes.bytes[17], 0x00);
  EXPECT_EQ(mx.tensor.codes.bytes[32], 0x06);
  for (const BlockFormat format : formats)
    for (const BlockScaleConfig& c : configs(format)) ASSERT_NO_FATAL_FAILURE(expect_equals_oracle(x, 1, 96, c));

  // A NVFP4 block that is too small for the smallest scale vanishes, signs and all.
  std::vector<float> both(32, 0.0F);
  both[0] = 1;
  both[16] = -1e-6F;
  const BlockResult nv = luqsim::block_quantize(both, 1, 32, {.format = BlockFormat::nvfp4});
  EXPECT_EQ(nv.tensor.scales, (std::vector<std::uint8_t>{0x7E, 0}));
  EXPECT_EQ(nv.tensor.codes.bytes[8], 0);
  for (const float v : {0.0F, -0.0F, 0x1p-149F, -0x1.fffffep-101F}) {
    const BlockResult zero = luqsim::block_quantize(std::vector<float>(40, v), 2, 20, {.format = BlockFormat::nvfp4});
    EXPECT_EQ(zero.tensor.tensor_scale, 0.0F);
    EXPECT_EQ(zero.tensor.scales, std::vector<std::uint8_t>(4, 0));
    EXPECT_EQ(zero.tensor.codes.bytes, std::vector<std::uint8_t>(20, 0));
  }
}

TEST(BlockScale, AnEstimateSaturates) {
  const std::vector<float> x{100.0F, -1.0F};
  const BlockResult result = luqsim::block_quantize(x, 1, 2, {.format = BlockFormat::nvfp4}, {}, 1.0F);
  EXPECT_EQ(result.estimate, 1.0F);
  EXPECT_EQ(result.tensor.scales[0], 0x7E);
  EXPECT_EQ(result.tensor.codes.bytes[0], 0xF7);
  for (const float estimate : {0.0F, 1.0F, 50.0F, 1e20F, largest})
    ASSERT_NO_FATAL_FAILURE(expect_equals_oracle(x, 1, 2, {.format = BlockFormat::nvfp4}, estimate));
  EXPECT_THROW(luqsim::block_quantize(x, 1, 2, {}, {}, 1.0F), std::invalid_argument);
}

// The mean of an element `v` over all 2^8 random integers, met in a long tensor of it. The blocks' maximum `top` makes
// one step 1: r is v.
double mean_over_random(BlockFormat format, float v, float top) {
  constexpr std::size_t count = 64 * 1024;
  const std::size_t length = luqsim::block_length(format);
  std::vector<float> x(count, v);
  for (std::size_t i = 0; i < count; i += length) x[i] = top;
  const BlockScaleConfig c{.format = format, .rounding = ElementRounding::stochastic, .random_bits = 8};
  // 6 * 448: a tensor scale of 1.
  const std::optional<float> estimate = format == BlockFormat::nvfp4 ? std::optional(2688.0F) : std::nullopt;
  const BlockResult result = luqsim::block_quantize(x, 1, count, c, stream, estimate);
  EXPECT_EQ(luqsim::decode(luqsim::scale_format(format), result.tensor.scales[0]) * double{result.tensor.tensor_scale},
            1.0);
  std::vector<int> code_of(256, -1);
  for (std::size_t i = 0; i < count; ++i) {
    if (i % length == 0) continue;
    int& code = code_of[oracle::random16(bridge::stream(stream), i) >> 8];
    const int found = result.tensor.codes.view().code(0, i);
    if (code < 0) code = found;
    EXPECT_EQ(code, found) << "two codes for one random integer at element " << i;
  }
  double sum = 0;
  for (const int code : code_of) {
    EXPECT_GE(code, 0) << "a random integer that no element met";
    sum += luqsim::decode(Format::fp4_e2m1, static_cast<std::uint32_t>(code));
  }
  return sum / 256;
}

// The mean is the value to half a step of 2^-B, up to 6 steps of the block, above which a block saturates.
TEST(BlockScale, StochasticRoundingIsUnbiased) {
  for (const auto& [format, top] : {std::pair{BlockFormat::mxfp4, 7.9F}, {BlockFormat::nvfp4, 6.0F}})
    for (const float v : {0.1F, 0.5F, 1.1F, 2.9F, 4.7F, 5.9F, 6.0F}) {
      const double step = v < 2 ? 0.5 : v < 4 ? 1 : 2;
      EXPECT_LE(std::fabs(mean_over_random(format, v, top) - double{v}), step / 512)
          << luqsim::name_of(format) << " " << v;
    }
  for (const float v : {6.5F, 7.9F}) EXPECT_EQ(mean_over_random(BlockFormat::mxfp4, v, 7.9F), 6.0);
  // A block of the maximum 6 3/8 has the scale 17/16, which e4m3 rounds down to 1.
  for (const float v : {6.1F, 6.375F}) EXPECT_EQ(mean_over_random(BlockFormat::nvfp4, v, 6.375F), 6.0);
}

// The largest block maximum of each normal scale is found from the middle between that scale and the next. binary32
// rounds five times, to less than 2^-21 in all, and for the r of 6 3/8 at a tensor scale of 1 not at all.
TEST(BlockScale, Nvfp4RatiosReachSixAndThreeEighths) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  constexpr std::uint32_t smallest_normal = 0x08, top_scale = 0x7E;
  for (const float m : {2688.0F, 1.0F, 3.7F, 0x1p-99F, 1e30F}) {
    const float t = luqsim::nvfp4_tensor_scale(m);
    double reached = double{m * luqsim::nvfp4_block_scale(m, t).inverse};
    for (std::uint32_t code = smallest_normal; code < top_scale; ++code) {
      const double middle = (luqsim::decode(Format::fp8_e4m3, code) + luqsim::decode(Format::fp8_e4m3, code + 1)) / 2;
      auto block = static_cast<float>(6 * middle * double{t});
      for (int i = 0; i < 8; ++i) block = std::nextafter(block, infinity);
      ASSERT_EQ(luqsim::nvfp4_block_scale(block, t).code, code + 1);
      for (int i = 0; i < 16 && luqsim::nvfp4_block_scale(block, t).code > code; ++i)
        block = std::nextafter(block, 0.0F);
      ASSERT_EQ(luqsim::nvfp4_block_scale(block, t).code, code);
      reached = std::max(reached, double{block * luqsim::nvfp4_block_scale(block, t).inverse});
    }
    EXPECT_LE(reached, 6.375 * (1 + 0x1p-21)) << m;
    EXPECT_GE(reached, 6.375 * (1 - 0x1p-21)) << m;
    if (t == 1) {
      EXPECT_EQ(reached, 6.375);
    }
  }
}

TEST(BlockScale, NonFiniteInputGivesItsFirstIndexAndNoCodes) {
  for (const BlockFormat format : formats)
    for (const float bad : {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()})
      for (const std::size_t index : {0U, 45U, 79U}) {
        std::vector<float> x(80, 1.0F);
        x[index] = x[79] = -bad;
        const BlockResult result = luqsim::block_quantize(x, 2, 40, {.format = format});
        EXPECT_EQ(result.measured.status, QuantizeStatus::non_finite);
        EXPECT_EQ(result.measured.first_non_finite, index);
        EXPECT_TRUE(result.tensor.codes.bytes.empty() && result.tensor.scales.empty());
      }
}

TEST(BlockScale, RejectsWrongSizesAndConfigurations) {
  EXPECT_THROW(luqsim::block_quantize(std::vector<float>(6), 2, 4, {}), std::invalid_argument);
  for (const int bits : {0, 17})
    EXPECT_THROW(luqsim::block_quantize(std::vector<float>(1), 1, 1, {.random_bits = bits}), std::invalid_argument);
}

}  // namespace

#include "luqsim/numerics/scaled.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <stdexcept>

#include <gtest/gtest.h>

#include "bfloat16.h"
#include "luq_bridge.h"
#include "oracle/scaled.h"
#include "oracle/stochastic.h"
#include "sampling.h"

namespace {

using luqsim::ElementRounding;
using luqsim::Format;
using luqsim::QuantizeStatus;
using luqsim::ScaledConfig;
using luqsim::ScaledResult;
using luqsim::ScaleRule;
using luqsim::TensorScale;

constexpr Format formats[] = {Format::fp8_e4m3, Format::fp8_e5m2, Format::int8, Format::bf16};
constexpr ScaleRule rules[] = {ScaleRule::exact, ScaleRule::pow2};
constexpr luqsim::RandomStream stream{.seed = 0xABCDEF0123456789, .tensor = 3, .step = 77, .sample = 2};
constexpr float largest = std::numeric_limits<float>::max();

std::string book_name(const ScaledConfig& c) { return std::string(luqsim::name_of(c.format)); }

oracle::Rational oracle_ratio(float x, float inverse) {
  const float r = oracle::round_binary32(oracle::exact(x) * oracle::exact(inverse));
  return std::isinf(r) ? oracle::power_of_two(200) : abs(oracle::exact(r));
}

std::uint32_t oracle_code(const oracle::Rational& r, bool negative, std::uint64_t element, const ScaledConfig& c) {
  const oracle::CodeBook& book = oracle::code_book(book_name(c));
  if (c.rounding == ElementRounding::nearest) return oracle::nearest_finite(book, r, negative);
  const std::uint64_t u = oracle::random16(bridge::stream(stream), element) >> (16 - c.random_bits);
  return oracle::stochastic_code(book, r, negative, u, c.random_bits);
}
std::uint32_t oracle_code(float x, std::uint64_t element, float inverse, const ScaledConfig& c) {
  return oracle_code(oracle_ratio(x, inverse), std::signbit(x), element, c);
}

void expect_scale_equals_oracle(float max_abs, const ScaledConfig& c) {
  const TensorScale scale = luqsim::tensor_scale(max_abs, c);
  const oracle::ScaledUnits units = oracle::scaled_units(max_abs, book_name(c), c.scale == ScaleRule::pow2);
  ASSERT_EQ(std::bit_cast<std::uint32_t>(scale.scale), std::bit_cast<std::uint32_t>(units.scale))
      << book_name(c) << " " << luqsim::name_of(c.scale) << " " << std::hexfloat << max_abs;
  ASSERT_EQ(std::bit_cast<std::uint32_t>(scale.inverse), std::bit_cast<std::uint32_t>(units.inverse))
      << book_name(c) << " " << luqsim::name_of(c.scale) << " " << std::hexfloat << max_abs;
  if (scale.scale == 0) return;
  EXPECT_TRUE(std::isnormal(scale.scale) && std::isnormal(scale.inverse)) << std::hexfloat << max_abs;
}

TEST(Scaled, ScalesEqualTheOracle) {
  sampling::Source source(81);
  std::vector<float> maxima{0.0F, 0x1p-149F,  0x1.fffffep-101F, 0x1p-100F, 0x1.000002p-100F,
                            1.0F, 3.1415927F, 0x1.fffffep-1F,   largest,   0x1p127F};
  for (const Format format : formats)
    for (int k = -104; k < 110; k += 7)
      for (const float v : bfloat16::around(std::ldexp(static_cast<float>(luqsim::format_info(format).max), k)))
        if (v > 0) maxima.push_back(v);
  for (int i = 0; i < 2000; ++i) maxima.push_back(std::fabs(source.finite_float()));
  for (const Format format : formats)
    for (const ScaleRule rule : rules)
      for (const float m : maxima)
        ASSERT_NO_FATAL_FAILURE(expect_scale_equals_oracle(m, {.format = format, .scale = rule}));
}

TEST(Scaled, KnownScales) {
  const auto scale = [](float m, Format format) {
    return luqsim::tensor_scale(m, {.format = format, .scale = ScaleRule::pow2}).scale;
  };
  EXPECT_EQ(scale(448.0F, Format::fp8_e4m3), 1.0F);
  EXPECT_EQ(scale(std::nextafter(448.0F, 500.0F), Format::fp8_e4m3), 2.0F);
  EXPECT_EQ(scale(224.0F, Format::fp8_e4m3), 0.5F);
  EXPECT_EQ(scale(57344.0F, Format::fp8_e5m2), 1.0F);
  EXPECT_EQ(scale(65536.0F, Format::fp8_e5m2), 2.0F);
  EXPECT_EQ(scale(127.0F, Format::int8), 1.0F);
  EXPECT_EQ(scale(128.0F, Format::int8), 2.0F);
  EXPECT_EQ(scale(1.0F, Format::int8), 0x1p-6F);
  EXPECT_EQ(luqsim::tensor_scale(127.0F, {.format = Format::int8}).scale, 1.0F);
  EXPECT_EQ(luqsim::tensor_scale(896.0F, {.format = Format::fp8_e4m3}).inverse, 0.5F);
}

class ScaledExhaustive : public testing::TestWithParam<float> {};

// Every finite bfloat16 under every configuration; values above the maximum saturate, as with an estimate.
TEST_P(ScaledExhaustive, CodesEqualTheOracle) {
  const std::vector<float> x = bfloat16::all_finite();
  constexpr std::uint64_t first = 3;  // not aligned to a block of random numbers
  std::vector<std::uint16_t> codes(x.size());
  for (const Format format : formats)
    for (const ScaleRule rule : rules) {
      if (format == Format::bf16 && (rule == ScaleRule::pow2 || GetParam() != largest)) continue;  // always the same
      ScaledConfig c{.format = format, .scale = rule};
      const TensorScale scale = luqsim::tensor_scale(GetParam(), c);
      std::vector<oracle::Rational> r;
      for (const float v : x) r.push_back(oracle_ratio(v, scale.inverse));
      for (const int bits : {0, 3, 16}) {  // 0: nearest
        c.rounding = bits == 0 ? ElementRounding::nearest : ElementRounding::stochastic;
        c.random_bits = std::max(bits, 1);
        luqsim::scaled_codes(x, first, scale, c, stream, codes);
        for (std::size_t i = 0; i < x.size(); ++i)
          ASSERT_EQ(codes[i], oracle_code(r[i], std::signbit(x[i]), first + i, c))
              << luqsim::name_of(format) << " " << luqsim::name_of(rule) << " B " << bits << " " << std::hexfloat
              << x[i];
      }
    }
}
INSTANTIATE_TEST_SUITE_P(Maxima, ScaledExhaustive, testing::Values(0x1p-100F, 0x1.2bc3p-7F, 448.0F, largest));

// Ties and their neighbours of every code under scales that round.
TEST(Scaled, CodesAtEveryTie) {
  for (const Format format : {Format::fp8_e4m3, Format::fp8_e5m2, Format::int8})
    for (const float m : {1.0F, 3.1415927F, 0x1.555556p20F}) {
      const ScaledConfig c{.format = format};
      const TensorScale scale = luqsim::tensor_scale(m, c);
      std::vector<float> x;
      for (std::uint32_t code = 0; code < 0x7F; ++code) {
        const double low = luqsim::decode(format, code), high = luqsim::decode(format, code + 1);
        if (!std::isfinite(high)) break;
        for (const double v : {low, low / 2 + high / 2})
          for (const float n : bfloat16::around(static_cast<float>(v * double{scale.scale}))) x.push_back(n);
      }
      std::vector<std::uint16_t> codes(x.size());
      luqsim::scaled_codes(x, 0, scale, c, stream, codes);
      for (std::size_t i = 0; i < x.size(); ++i)
        ASSERT_EQ(codes[i], oracle_code(x[i], i, scale.inverse, c)) << std::hexfloat << x[i];
    }
}

TEST(Scaled, WholeTensors) {
  sampling::Source source(82);
  for (const Format format : formats)
    for (const auto& [rows, cols] : {std::pair<std::size_t, std::size_t>{1, 1}, {3, 5}, {1, 4099}, {67, 31}})
      for (const ElementRounding rounding : {ElementRounding::nearest, ElementRounding::stochastic}) {
        const ScaledConfig c{.format = format, .rounding = rounding};
        const std::vector<float> x = sampling::floats_near(source, 1.0F, 12, rows * cols);
        const ScaledResult result = luqsim::scaled_quantize(x, rows, cols, c, stream);
        ASSERT_EQ(result.measured.status, QuantizeStatus::ok);
        float max_abs = 0;
        for (const float v : x) max_abs = std::max(max_abs, std::fabs(v));
        ASSERT_EQ(result.measured.max_abs, max_abs);
        ASSERT_EQ(result.estimate, max_abs);
        const oracle::ScaledUnits units = oracle::scaled_units(max_abs, book_name(c), false);
        ASSERT_EQ(result.scale.scale, units.scale);
        ASSERT_EQ(result.codes.size(), x.size());
        for (std::size_t i = 0; i < x.size(); ++i)
          ASSERT_EQ(result.codes[i], oracle_code(x[i], i, units.inverse, c)) << i;
      }
}

// The maximum becomes the largest code, with both rules for a maximum that is a multiple of it by a power of two.
TEST(Scaled, TheMaximumIsRepresentable) {
  for (const Format format : {Format::fp8_e4m3, Format::fp8_e5m2, Format::int8})
    for (const ScaleRule rule : rules) {
      const auto max = static_cast<float>(luqsim::format_info(format).max);
      const std::vector<float> x{max / 4, -max / 4, 0.0F};
      const ScaledResult result = luqsim::scaled_quantize(x, 1, 3, {.format = format, .scale = rule});
      EXPECT_EQ(luqsim::decode(format, result.codes[0]), max);
      EXPECT_EQ(luqsim::decode(format, result.codes[1]), -max);
      EXPECT_EQ(result.codes[2], 0);
    }
}

TEST(Scaled, AnEstimateTakesThePlaceOfTheMaximum) {
  const std::vector<float> x{1.0F, -100.0F, 0.3F};
  const ScaledResult result = luqsim::scaled_quantize(x, 1, 3, {}, {}, 2.0F);
  EXPECT_EQ(result.measured.max_abs, 100.0F);
  EXPECT_EQ(result.estimate, 2.0F);
  EXPECT_EQ(result.scale.inverse, 224.0F);
  EXPECT_EQ(result.codes[0], luqsim::encode(Format::fp8_e4m3, 224.0));
  EXPECT_EQ(result.codes[1], 0xFE);
  EXPECT_EQ(luqsim::scaled_quantize(x, 1, 3, {}, {}, 0.0F).codes, std::vector<std::uint16_t>(3, 0));
}

TEST(Scaled, TinyAndZeroTensors) {
  for (const float v : {0.0F, -0.0F, 0x1p-149F, -0x1.fffffep-101F}) {
    for (const Format format : {Format::fp8_e4m3, Format::fp8_e5m2, Format::int8}) {
      const ScaledResult result = luqsim::scaled_quantize(std::vector<float>(15, v), 3, 5, {.format = format});
      EXPECT_EQ(std::bit_cast<std::uint32_t>(result.scale.scale), 0U);
      EXPECT_EQ(result.codes, std::vector<std::uint16_t>(15, 0));
    }
    const ScaledResult same = luqsim::scaled_quantize(std::vector<float>{v}, 1, 1, {.format = Format::bf16});
    EXPECT_EQ(same.scale.scale, 1.0F);
    EXPECT_EQ(same.codes[0], luqsim::encode(Format::bf16, v));
  }
  EXPECT_TRUE(luqsim::scaled_quantize({}, 0, 4, {}).codes.empty());
}

TEST(Scaled, NonFiniteInputGivesItsFirstIndexAndNoCodes) {
  for (const float bad : {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()})
    for (const std::size_t index : {0U, 5U, 19U}) {
      std::vector<float> x(20, 1.0F);
      x[index] = x[19] = -bad;
      const ScaledResult result = luqsim::scaled_quantize(x, 4, 5, {});
      EXPECT_EQ(result.measured.status, QuantizeStatus::non_finite);
      EXPECT_EQ(result.measured.first_non_finite, index);
      EXPECT_TRUE(result.codes.empty());
    }
}

TEST(Scaled, RejectsWrongSizesAndConfigurations) {
  EXPECT_THROW(luqsim::scaled_quantize(std::vector<float>(6), 2, 4, {}), std::invalid_argument);
  std::vector<std::uint16_t> codes(3);
  EXPECT_THROW(luqsim::scaled_codes(std::vector<float>(2), 0, {1, 1}, {}, {}, codes), std::invalid_argument);
  for (const Format format :
       {Format::int4, Format::fp4_e3m0, Format::fp4_e2m1, Format::e8m0, Format::fp16, Format::fp32})
    EXPECT_THROW(luqsim::validate(ScaledConfig{.format = format}), std::invalid_argument);
  for (const int bits : {0, 17, -1})
    EXPECT_THROW(luqsim::tensor_scale(1.0F, {.random_bits = bits}), std::invalid_argument);
}

}  // namespace

#include "luqsim/numerics/luq.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <stdexcept>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "luq_bridge.h"
#include "oracle/exact.h"
#include "sampling.h"

namespace {

using luqsim::LuqConfig;
using luqsim::LuqResult;
using luqsim::QuantizeStatus;
using luqsim::Rounding;
using sampling::Source;
constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();
const luqsim::RandomStream stream{.seed = 0xABCDEF0123456789, .tensor = 3, .step = 17, .sample = 2};

// Code of a level: sign bit and exponent code, or a two's complement integer.
unsigned code_of_level(int level, bool is_integer) {
  if (is_integer) return static_cast<unsigned>(level) & 0xFU;
  return static_cast<unsigned>(level < 0 ? 8 - level : level);
}

void expect_codes(const LuqResult& result, const std::vector<std::int8_t>& levels, const LuqConfig& config) {
  const luqsim::CodeView view = result.codes.view();
  ASSERT_EQ(view.bytes.size(), view.rows * ((view.cols + 1) / 2));
  for (std::size_t i = 0; i < levels.size(); ++i)
    ASSERT_EQ(view.code(i / view.cols, i % view.cols), code_of_level(levels[i], config.rounding == Rounding::int4_sr))
        << "element " << i;
  if (view.cols % 2 == 0) return;
  for (std::size_t row = 0; row < view.rows; ++row)
    ASSERT_EQ(view.bytes[(row + 1) * ((view.cols + 1) / 2) - 1] >> 4, 0) << "padding of row " << row;
}

TEST(Luq, WholeQuantizerEqualsTheOracle) {
  Source source(31);
  for (LuqConfig config : bridge::all_configs()) {
    if (config.top_exponent == 7) continue;
    for (const float center : {0x1p-149F, 0x1p-122F, 0x1p-100F, 1.0F, 0x1p100F, 0x1p126F}) {
      config.random_bits = static_cast<int>(source.between(1, 16));
      const std::size_t rows = 3, cols = 331;
      const std::vector<float> x = sampling::floats_near(source, center, 9, rows * cols);
      const float max_abs = std::fabs(
          *std::max_element(x.begin(), x.end(), [](float a, float b) { return std::fabs(a) < std::fabs(b); }));
      const LuqResult result = luqsim::luq_quantize(x, rows, cols, config, stream);
      ASSERT_EQ(result.measured.status, QuantizeStatus::ok);
      ASSERT_EQ(result.measured.max_abs, max_abs);
      ASSERT_EQ(result.estimate, max_abs);
      ASSERT_EQ(result.codes.format, luqsim::luq_format(config));
      ASSERT_NO_FATAL_FAILURE(expect_codes(result, bridge::oracle_levels(x, 0, max_abs, config, stream), config));
    }
  }
}

// Long rows, odd and even, and many rows: more elements than any buffer inside holds.
TEST(Luq, LargeTensorsEqualTheOracle) {
  Source source(36);
  for (const auto& [rows, cols] : {std::pair<std::size_t, std::size_t>{1, 20001}, {3, 4097}, {5, 4096}, {301, 33}}) {
    std::vector<float> x = sampling::floats_near(source, 1.0F, 9, rows * cols);
    x[0] = -0x1.8p12F;
    const LuqConfig config{.random_bits = 8};
    const LuqResult result = luqsim::luq_quantize(x, rows, cols, config, stream);
    ASSERT_NO_FATAL_FAILURE(expect_codes(result, bridge::oracle_levels(x, 0, 0x1.8p12F, config, stream), config))
        << rows << " x " << cols;
  }
}

TEST(Luq, HindsightEstimateReplacesTheMaximum) {
  Source source(32);
  const std::vector<float> x = sampling::floats_near(source, 1.0F, 8, 500);
  for (const float estimate : {0.0F, 0x1p-140F, 0x1p-120F, 0.01F, 1.0F, 3.7F, 1e4F, 0x1.fffffep127F})
    for (const Rounding rounding : {Rounding::luq, Rounding::int4_sr}) {
      const LuqConfig config{.rounding = rounding};
      const LuqResult result = luqsim::luq_quantize(x, 5, 100, config, stream, estimate);
      EXPECT_EQ(result.estimate, estimate);
      EXPECT_GT(result.measured.max_abs, 1.0F);
      ASSERT_NO_FATAL_FAILURE(expect_codes(result, bridge::oracle_levels(x, 0, estimate, config, stream), config));
    }
}

TEST(Luq, HindsightRecurrenceRoundsEachOperation) {
  Source source(33);
  for (int i = 0; i < 5000; ++i) {
    const float measured = std::fabs(source.finite_float()) / 2, estimate = std::fabs(source.finite_float()) / 2;
    const float eta = i % 3 == 0 ? 0.1F : static_cast<float>(source.below(1000001)) / 1000000.0F;
    ASSERT_EQ(std::bit_cast<std::uint32_t>(luqsim::hindsight_max_abs(measured, estimate, eta)),
              std::bit_cast<std::uint32_t>(oracle::hindsight(measured, estimate, eta)))
        << std::hexfloat << measured << " " << estimate << " " << eta;
  }
  EXPECT_EQ(luqsim::hindsight_max_abs(3.0F, 100.0F, 0.0F), 3.0F);
  EXPECT_EQ(luqsim::hindsight_max_abs(3.0F, 100.0F, 1.0F), 100.0F);
}

TEST(Luq, NonFiniteInputGivesItsFirstIndexAndNoCodes) {
  for (const float bad : {infinity, -infinity, nan, -nan})
    for (const std::size_t index : {0U, 1U, 8U, 63U, 99U}) {
      std::vector<float> x(100, 1.0F);
      x[index] = bad;
      x[99] = index == 99 ? bad : nan;
      const LuqResult result = luqsim::luq_quantize(x, 10, 10, {}, stream);
      EXPECT_EQ(result.measured.status, QuantizeStatus::non_finite);
      EXPECT_EQ(result.measured.first_non_finite, index);
      EXPECT_TRUE(result.codes.bytes.empty());
    }
}

TEST(Luq, MaximumIsOfMagnitudes) {
  EXPECT_EQ(luqsim::max_abs(std::vector<float>{1, -3, 2}).max_abs, 3.0F);
  EXPECT_EQ(luqsim::max_abs(std::vector<float>{-0.0F, -0x1p-149F}).max_abs, 0x1p-149F);
  EXPECT_EQ(luqsim::max_abs(std::vector<float>{-std::numeric_limits<float>::max()}).max_abs,
            std::numeric_limits<float>::max());
  const luqsim::MaxAbs empty = luqsim::max_abs({});
  EXPECT_EQ(empty.status, QuantizeStatus::ok);
  EXPECT_EQ(std::bit_cast<std::uint32_t>(empty.max_abs), 0U);
  EXPECT_EQ(std::bit_cast<std::uint32_t>(luqsim::max_abs(std::vector<float>{-0.0F}).max_abs), 0U);
}

TEST(Luq, TinyAndZeroTensorsHaveScaleZeroAndCodesZero) {
  for (const float v : {0.0F, -0.0F, 0x1p-149F, 0x1.fffffep-121F}) {
    const LuqResult result = luqsim::luq_quantize(std::vector<float>(15, v), 3, 5, {}, stream);
    EXPECT_EQ(result.scale.alpha, 0.0F);
    EXPECT_EQ(result.codes.bytes, std::vector<std::uint8_t>(9, 0));
  }
}

TEST(Luq, EmptyTensors) {
  for (const auto& [rows, cols] : {std::pair<std::size_t, std::size_t>{0, 0}, {0, 5}, {5, 0}}) {
    const LuqResult result = luqsim::luq_quantize({}, rows, cols, {}, stream);
    EXPECT_EQ(result.measured.status, QuantizeStatus::ok);
    EXPECT_EQ(result.scale.alpha, 0.0F);
    EXPECT_EQ(result.codes.rows, rows);
    EXPECT_EQ(result.codes.cols, cols);
    EXPECT_TRUE(result.codes.bytes.empty());
  }
}

TEST(Luq, NegativeZeroAndSubnormalsBesideLargeValues) {
  const std::vector<float> x{-0.0F, 0.0F, 0x1p-149F, -0x1p-149F, -0x1.fffffcp-127F, 1.0F, -1.0F};
  const LuqResult result = luqsim::luq_quantize(x, 1, 7, {}, stream);
  const std::vector<unsigned> expected{0, 0, 0, 0, 0, 7, 15};
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_EQ(result.codes.view().code(0, i), expected[i]) << i;
}

// The smallest and the largest of the 2^B random integers, in the top B bits of a lane, or all of them.
std::vector<std::uint16_t> random_ends(int bits) { return {0, static_cast<std::uint16_t>(0xFFFF << (16 - bits))}; }
std::vector<std::uint16_t> every_random(int bits) {
  std::vector<std::uint16_t> lanes(std::size_t{1} << bits);
  for (std::size_t u = 0; u < lanes.size(); ++u) lanes[u] = static_cast<std::uint16_t>(u << (16 - bits));
  return lanes;
}

void expect_top_levels(float max_abs, int bits, const std::vector<std::uint16_t>& random) {
  const LuqConfig config{.random_bits = bits};
  for (const int sign : {1, -1}) {
    const std::vector<float> x(random.size(), static_cast<float>(sign) * max_abs);
    std::vector<std::int8_t> levels(x.size());
    luqsim::luq_levels(x, random, luqsim::luq_scale(max_abs, config), config, levels);
    ASSERT_EQ(levels, std::vector<std::int8_t>(x.size(), static_cast<std::int8_t>(7 * sign)))
        << std::hexfloat << max_abs << " B " << bits;
  }
}

TEST(Luq, TheMaximumItselfGetsTheTopLevel) {
  constexpr int smallest_few = 8, fully_tried = 20;
  Source source(34);
  int below_the_top = 0;  // maxima of which r is rounded below 2^6: there the random integer decides
  for (int i = 0; i < 2000; ++i) {
    const float m = std::max(0x1p-120F, std::fabs(source.finite_float()));
    const luqsim::LuqScale scale = luqsim::luq_scale(m, {});
    ASSERT_EQ(oracle::exact(scale.alpha) * 64, oracle::exact(m));
    for (int bits = 1; bits <= smallest_few; ++bits)
      ASSERT_NO_FATAL_FAILURE(expect_top_levels(m, bits, every_random(bits)));
    for (int bits = smallest_few + 1; bits <= 16; ++bits)
      ASSERT_NO_FATAL_FAILURE(expect_top_levels(m, bits, random_ends(bits)));
    if (m * scale.inverse >= 64 || ++below_the_top > fully_tried) continue;
    ASSERT_NO_FATAL_FAILURE(expect_top_levels(m, 16, every_random(16)));
  }
  EXPECT_GT(below_the_top, fully_tried);
}

RC_GTEST_PROP(Luq, PartsEqualTheWhole, ()) {
  const auto size = *rc::gen::inRange<std::size_t>(0, 5000);
  const auto cut = *rc::gen::inRange<std::size_t>(0, size + 1);
  const auto first = *rc::gen::element<std::uint64_t>(0, 1, 7, 2047, (std::uint64_t{1} << 35) - 3);
  Source source(*rc::gen::arbitrary<std::uint64_t>());
  LuqConfig config;
  config.rounding = static_cast<Rounding>(source.below(5));
  config.random_bits = static_cast<int>(source.between(1, 16));
  const std::vector<float> x = sampling::floats_near(source, 1.0F, 8, size);
  const luqsim::LuqScale scale = luqsim::luq_scale(100.0F, config);
  const std::vector<std::int8_t> whole = bridge::library_levels(x, first, scale, config, stream);
  const auto middle = x.begin() + static_cast<std::ptrdiff_t>(cut);
  std::vector<std::int8_t> parts = bridge::library_levels({x.begin(), middle}, first, scale, config, stream);
  const auto rest = bridge::library_levels({middle, x.end()}, first + cut, scale, config, stream);
  parts.insert(parts.end(), rest.begin(), rest.end());
  RC_ASSERT(parts == whole);
  RC_ASSERT(whole == bridge::oracle_levels(x, first, 100.0F, config, stream));
}

TEST(Luq, ReuseSharesRandomNumbersBetweenConsecutiveSteps) {
  Source source(35);
  const std::vector<float> x = sampling::floats_near(source, 1.0F, 6, 400);
  const luqsim::LuqScale scale = luqsim::luq_scale(40.0F, {});
  const auto levels = [&](std::uint32_t step, std::uint32_t reuse) {
    luqsim::RandomStream s = stream;
    s.step = step;
    const LuqConfig config{.reuse = reuse};
    const auto result = bridge::library_levels(x, 0, scale, config, s);
    EXPECT_EQ(result, bridge::oracle_levels(x, 0, 40.0F, config, s));
    return result;
  };
  EXPECT_EQ(levels(8, 4), levels(11, 4));
  EXPECT_NE(levels(7, 4), levels(8, 4));
  EXPECT_NE(levels(11, 4), levels(12, 4));
  EXPECT_NE(levels(8, 1), levels(9, 1));
}

// Given Philox's own numbers, the overload for other generators gives the same levels.
TEST(Luq, LevelsFromGivenNumbers) {
  const std::vector<float> x{0.01F, -0.5F, 3.0F, 17.0F, -63.0F, 64.0F, 0.0F, 1.5F};
  const LuqConfig config;
  const luqsim::LuqScale scale = luqsim::luq_scale(64, config);
  std::vector<std::uint16_t> random(8);
  luqsim::fill_random_lanes(stream, 0, random);
  std::vector<std::int8_t> own(8), given(8);
  luqsim::luq_levels(x, 0, scale, config, stream, own);
  luqsim::luq_levels(x, random, scale, config, given);
  EXPECT_EQ(given, own);
}

TEST(Luq, SamplesAreIndependent) {
  const std::vector<float> x(1000, 3.0F);
  const luqsim::LuqScale scale = luqsim::luq_scale(64.0F, {});
  luqsim::RandomStream other = stream;
  other.sample += 1;
  EXPECT_NE(bridge::library_levels(x, 0, scale, {}, stream), bridge::library_levels(x, 0, scale, {}, other));
}

TEST(Luq, InvalidConfigurationsNameTheField) {
  const auto message = [](const LuqConfig& config) -> std::string {
    try {
      luqsim::validate(config);
    } catch (const std::invalid_argument& e) {
      return e.what();
    }
    return "";
  };
  for (const int top : {-1, 0, 5, 8})
    EXPECT_NE(message({.top_exponent = top}).find("top_exponent"), std::string::npos) << top;
  for (const int bits : {-1, 0, 17, 32})
    EXPECT_NE(message({.random_bits = bits}).find("random_bits"), std::string::npos) << bits;
  EXPECT_NE(message({.reuse = 0}).find("reuse"), std::string::npos);
  EXPECT_NE(message({.rounding = Rounding::int4_sr, .alpha = luqsim::Alpha::pow2}).find("alpha"), std::string::npos);
  for (const LuqConfig& config : bridge::all_configs()) EXPECT_EQ(message(config), "");
  const std::vector<float> x(4, 1.0F);
  EXPECT_THROW(luqsim::luq_quantize(x, 2, 2, {.top_exponent = 7}, stream), std::invalid_argument);
  EXPECT_THROW(luqsim::luq_quantize(x, 2, 3, {}, stream), std::invalid_argument);
}

}  // namespace

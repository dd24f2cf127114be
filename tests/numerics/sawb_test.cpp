#include "luqsim/numerics/sawb.h"

#include <bit>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "oracle/sawb.h"
#include "sampling.h"

namespace {

using luqsim::Format;
using luqsim::QuantizeStatus;
using luqsim::SawbConfig;
using luqsim::SawbResult;
using sampling::Source;

oracle::SawbSettings settings(const SawbConfig& c) { return {c.format == Format::int4, c.c1, c.c2}; }

// Scale bits and every code of x against the oracle; by default as a single row.
void expect_equals_oracle(const std::vector<float>& x, const SawbConfig& config, std::size_t rows = 1) {
  const std::size_t cols = x.size() / rows;
  const SawbResult result = luqsim::sawb_quantize(x, rows, cols, config);
  ASSERT_EQ(result.measured.status, QuantizeStatus::ok);
  ASSERT_EQ(result.measured.max_abs, oracle::max_magnitude(x));
  const float scale = oracle::sawb_scale(x, settings(config));
  ASSERT_EQ(std::bit_cast<std::uint32_t>(result.scale), std::bit_cast<std::uint32_t>(scale))
      << std::hexfloat << result.scale << " " << scale;
  ASSERT_EQ(result.codes.format, config.format);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const int level = oracle::sawb_level(x[i], scale, config.format == Format::int4);
    ASSERT_EQ(result.codes.view().code(i / cols, i % cols), static_cast<unsigned>(level) & 0xFU)
        << std::hexfloat << x[i];
  }
}

const SawbConfig int4{}, uint4{.format = Format::uint4, .c1 = 12.68, .c2 = 12.80};

TEST(Sawb, FittedConstants) {
  EXPECT_EQ(luqsim::fitted_sawb(Format::int4), int4);
  EXPECT_EQ(luqsim::fitted_sawb(Format::uint4), uint4);
}

TEST(Sawb, RandomTensorsOfEveryMagnitude) {
  Source source(41);
  for (const float center : {0x1p-149F, 0x1p-125F, 0x1p-120F, 0x1p-110F, 0x1p-20F, 1.0F, 0x1p60F, 0x1p126F})
    for (const int spread : {0, 1, 4, 12, 40})
      for (const std::size_t size : {1U, 2U, 7U, 64U, 301U})
        for (const SawbConfig& config : {int4, uint4, SawbConfig{.c1 = 12.1, .c2 = 12.2}})
          ASSERT_NO_FATAL_FAILURE(expect_equals_oracle(sampling::floats_near(source, center, spread, size), config))
              << center << " " << spread << " " << size;
}

TEST(Sawb, ExtremeMixtures) {
  Source source(42);
  for (int round = 0; round < 100; ++round) {
    std::vector<float> x(200);
    for (float& v : x) v = source.finite_float();
    ASSERT_NO_FATAL_FAILURE(expect_equals_oracle(x, round % 2 == 0 ? int4 : uint4));
  }
}

// Long rows, odd and even, and many rows: more elements than any buffer inside holds.
TEST(Sawb, LargeTensors) {
  Source source(43);
  for (const auto& [rows, cols] : {std::pair<std::size_t, std::size_t>{1, 20001}, {3, 4097}, {5, 4096}, {301, 33}})
    for (const SawbConfig& config : {int4, uint4})
      ASSERT_NO_FATAL_FAILURE(expect_equals_oracle(sampling::floats_near(source, 1.0F, 3, rows * cols), config, rows))
          << rows << " x " << cols;
}

// Of a constant tensor rms = mean = maximum, so clip = (c1 - c2) maximum: where c1 < c2 the maximum takes its place,
// and with the pair for 15 levels it is 0.005 of the maximum.
TEST(Sawb, ConstantTensors) {
  for (const float v : {1.0F, -3.3F, 0x1p-120F, 0x1.fffffep127F}) {
    const std::vector<float> x(50, v);
    const double max = std::fabs(v);
    for (const SawbConfig& config : {int4, uint4, SawbConfig{.c1 = 12.1, .c2 = 12.2}}) {
      ASSERT_NO_FATAL_FAILURE(expect_equals_oracle(x, config));
      const double levels = config.format == Format::int4 ? 7 : 15;
      const float scale = luqsim::sawb_quantize(x, 5, 10, config).scale;
      if (config.c1 < config.c2) {
        EXPECT_EQ(scale, static_cast<float>(max / levels));
      } else if (max > 0x1p-110) {
        EXPECT_NEAR(scale / max, 0.005 / levels, 1e-7);
      }
    }
  }
}

// With c1 rms nearly c2 mean, the difference magnifies every rounding before it until the scale shows it.
TEST(Sawb, CancellationMagnifiesEveryRounding) {
  Source source(44);
  for (int round = 0; round < 300; ++round) {
    std::vector<float> x(static_cast<std::size_t>(source.between(1, 40)));
    for (float& v : x) v = 1.0F + 0.2F * static_cast<float>(source.below(1 << 20)) * 0x1p-20F;
    const oracle::Moments m = oracle::sawb_moments(x, oracle::max_magnitude(x));
    const auto n = static_cast<double>(x.size());
    const double ratio = std::sqrt(m.sum_of_squares.convert_to<double>() * n) / m.sum.convert_to<double>();
    const double c1 = 12.03 + static_cast<double>(source.below(1000)) / 1000;
    ASSERT_NO_FATAL_FAILURE(expect_equals_oracle(x, {.c1 = c1, .c2 = c1 * ratio * (1 - 0x1p-34)}));
  }
}

TEST(Sawb, SingleOutlier) {
  for (const float outlier : {1.0F, 10.0F, -1e3F, 1e30F})
    for (const std::size_t size : {1U, 2U, 10U, 1000U}) {
      std::vector<float> x(size, 0.001F);
      x[size / 2] = outlier;
      ASSERT_NO_FATAL_FAILURE(expect_equals_oracle(x, int4));
      ASSERT_NO_FATAL_FAILURE(expect_equals_oracle(x, uint4));
    }
}

TEST(Sawb, TinyAndZeroTensorsHaveScaleZeroAndCodesZero) {
  for (const float v : {0.0F, -0.0F, 0x1p-149F, -0x1.fffffep-121F}) {
    const SawbResult result = luqsim::sawb_quantize(std::vector<float>(15, v), 3, 5);
    EXPECT_EQ(std::bit_cast<std::uint32_t>(result.scale), 0U);
    EXPECT_EQ(result.codes.bytes, std::vector<std::uint8_t>(9, 0));
  }
  EXPECT_EQ(luqsim::sawb_quantize({}, 0, 4).scale, 0.0F);
  EXPECT_NE(luqsim::sawb_quantize(std::vector<float>{0x1p-120F}, 1, 1).scale, 0.0F);
}

// A clip far below the maximum of the smallest tensors would make the scale subnormal: then the maximum is the clip.
TEST(Sawb, ScaleIsNeverSubnormal) {
  std::vector<float> x(400, 0x1p-126F);
  x[0] = 0x1p-120F;
  for (const double c1 : {0.3, 0.6, 0.8, 0.9, 1.0, 1.2, 2.0}) {
    const SawbConfig config{.c1 = c1, .c2 = 0};
    ASSERT_NO_FATAL_FAILURE(expect_equals_oracle(x, config)) << c1;
    EXPECT_GE(luqsim::sawb_quantize(x, 1, 400, config).scale, std::numeric_limits<float>::min());
  }
}

TEST(Sawb, NonFiniteInputGivesItsFirstIndexAndNoCodes) {
  for (const float bad : {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()})
    for (const std::size_t index : {0U, 5U, 19U}) {
      std::vector<float> x(20, 1.0F);
      x[index] = -bad;
      const SawbResult result = luqsim::sawb_quantize(x, 4, 5);
      EXPECT_EQ(result.measured.status, QuantizeStatus::non_finite);
      EXPECT_EQ(result.measured.first_non_finite, index);
      EXPECT_TRUE(result.codes.bytes.empty());
    }
}

TEST(Sawb, NegativeInputsOfUint4BecomeZero) {
  std::vector<std::int8_t> levels(4);
  luqsim::sawb_levels(std::vector<float>{-1.0F, -0.0F, 1.0F, 100.0F}, 0.25F, Format::uint4, levels);
  EXPECT_EQ(levels, (std::vector<std::int8_t>{0, 0, 4, 15}));
}

TEST(Sawb, LevelsAtEveryTieAndItsNeighbours) {
  for (const float scale : {0.25F, 1.0F, 0x1p-126F, 0x1p100F, 0.1F, 0x1.555556p-3F})
    for (const Format format : {Format::int4, Format::uint4})
      for (int half = -40; half <= 40; ++half) {
        const float tie = static_cast<float>(half) * 0.5F * scale;
        const std::vector<float> x{tie, std::nextafter(tie, 1e38F), std::nextafter(tie, -1e38F)};
        std::vector<std::int8_t> levels(x.size());
        luqsim::sawb_levels(x, scale, format, levels);
        for (std::size_t i = 0; i < x.size(); ++i)
          ASSERT_EQ(levels[i], oracle::sawb_level(x[i], scale, format == Format::int4)) << x[i] << " " << scale;
      }
  std::vector<std::int8_t> levels(2);
  luqsim::sawb_levels(std::vector<float>{0x1p127F, -0x1p127F}, 0x1p-126F, Format::int4, levels);
  EXPECT_EQ(levels, (std::vector<std::int8_t>{7, -7}));
}

TEST(Sawb, MomentsAtEveryTieAndItsNeighbours) {
  for (const int exponent : {-120, -119, -3, 0, 64, 127}) {
    std::vector<float> x;
    for (const int half : {1, 3, 5, 7, 1001, 65535, 131071, 262143}) {
      const float tie = std::ldexp(static_cast<float>(half), exponent - 18);
      x.insert(x.end(), {tie, -std::nextafter(tie, 1e38F), std::nextafter(tie, 0.0F)});
    }
    const float max_abs = std::ldexp(1.5F, exponent);
    for (const float v : x) {
      const std::vector<float> one{v};
      const luqsim::SawbMoments m = luqsim::sawb_moments(one, max_abs);
      const oracle::Moments expected = oracle::sawb_moments(one, max_abs);
      EXPECT_EQ(m.exponent, expected.exponent);
      EXPECT_EQ(m.sum, expected.sum) << std::hexfloat << v;
      EXPECT_EQ(m.sum_of_squares, expected.sum_of_squares) << std::hexfloat << v;
    }
  }
}

RC_GTEST_PROP(Sawb, MomentsOfPartsAddUp, ()) {
  const auto size = *rc::gen::inRange<std::size_t>(1, 500);
  const auto cut = *rc::gen::inRange<std::size_t>(0, size + 1);
  const auto exponent = *rc::gen::inRange(-115, 100);
  Source source(*rc::gen::arbitrary<std::uint64_t>());
  const std::vector<float> x = sampling::floats_near(source, std::ldexp(1.0F, exponent), 20, size);
  const float max_abs = oracle::max_magnitude(x);
  RC_PRE(max_abs >= 0x1p-120F);
  luqsim::SawbMoments sum;
  sum += luqsim::sawb_moments(std::span(x).first(cut), max_abs);
  sum += luqsim::sawb_moments(std::span(x).subspan(cut), max_abs);
  const luqsim::SawbMoments whole = luqsim::sawb_moments(x, max_abs);
  const oracle::Moments expected = oracle::sawb_moments(x, max_abs);
  RC_ASSERT(sum.count == size && whole.count == size);
  RC_ASSERT(sum.exponent == expected.exponent && whole.exponent == expected.exponent);
  RC_ASSERT(sum.sum == expected.sum && whole.sum == expected.sum);
  RC_ASSERT(sum.sum_of_squares == expected.sum_of_squares && whole.sum_of_squares == expected.sum_of_squares);
}

TEST(Sawb, RejectsWrongSizesOtherFormatsAndTooManyElements) {
  EXPECT_THROW(luqsim::sawb_quantize(std::vector<float>(6), 2, 4), std::invalid_argument);
  EXPECT_THROW(luqsim::sawb_quantize(std::vector<float>{1}, 1, 1, {.format = Format::fp4_e3m0}), std::invalid_argument);
  luqsim::SawbMoments m{.count = std::uint64_t{1} << 27, .exponent = 0, .sum = 1, .sum_of_squares = 1};
  EXPECT_NO_THROW(luqsim::sawb_scale(m, 1.0F, {}));
  m.count += 1;
  EXPECT_THROW(luqsim::sawb_scale(m, 1.0F, {}), std::length_error);
}

}  // namespace

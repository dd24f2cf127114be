#include "luqsim/numerics/radix4.h"

#include <bit>
#include <cmath>
#include <limits>
#include <set>
#include <stdexcept>

#include <gtest/gtest.h>

#include "luqsim/numerics/accumulator.h"

#include "bfloat16.h"
#include "oracle/format.h"
#include "oracle/product.h"
#include "oracle/radix4.h"
#include "sampling.h"

namespace {

using luqsim::Format;
using luqsim::QuantizeStatus;
using luqsim::Radix4Phase;
using luqsim::Radix4Result;
using luqsim::Radix4Scale;
using luqsim::Radix4Tensor;
using oracle::Rational;

constexpr Radix4Phase phases[] = {Radix4Phase::even, Radix4Phase::odd};
constexpr float largest = std::numeric_limits<float>::max();
constexpr float maxima[] = {0x1p-100F, 0x1.000002p-100F, 0x1.2bc3p-7F, 0x1.fffffep-1F, 1.0F, 0x1.000002p0F, 3.0F,
                            4.0F,      0x1.555556p20F,   0x1p127F,     largest};

void expect_levels(const std::vector<float>& x, float max_abs, Radix4Phase phase) {
  const Radix4Scale scale = luqsim::radix4_scale(max_abs);
  const Rational unit = oracle::radix4_unit(max_abs);
  std::vector<std::int8_t> levels(x.size());
  luqsim::radix4_levels(x, scale, phase, levels);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const int level = oracle::radix4_level(abs(oracle::exact(x[i])), unit, phase == Radix4Phase::odd);
    ASSERT_EQ(levels[i], x[i] < 0 ? -level : level)
        << std::hexfloat << x[i] << " maximum " << max_abs << " " << luqsim::name_of(phase);
  }
}

TEST(Radix4, ScalesEqualTheOracle) {
  sampling::Source source(91);
  std::vector<float> m(std::begin(maxima), std::end(maxima));
  for (const float v : {0.0F, 0x1p-149F, 0x1.fffffep-101F}) m.push_back(v);
  for (int k = -99; k < 127; ++k)
    for (const float v : bfloat16::around(std::ldexp(1.0F, k))) m.push_back(std::fabs(v));
  for (int i = 0; i < 500; ++i) m.push_back(std::fabs(source.finite_float()));
  for (const float v : m) {
    const Radix4Scale scale = luqsim::radix4_scale(v);
    ASSERT_EQ(oracle::exact(scale.alpha), oracle::radix4_unit(v)) << std::hexfloat << v;
    if (scale.alpha == 0) continue;
    ASSERT_TRUE(std::isnormal(scale.alpha) && std::isnormal(scale.inverse)) << std::hexfloat << v;
    ASSERT_EQ(scale.alpha * scale.inverse, 1.0F);
  }
}

TEST(Radix4, EveryBfloat16) {
  const std::vector<float> x = bfloat16::all_finite();
  for (const float m : {0x1p-100F, 0x1.2bc3p-7F, 1.0F, largest})
    for (const Radix4Phase phase : phases) ASSERT_NO_FATAL_FAILURE(expect_levels(x, m, phase));
}

// The paper's midpoint below the magnitude 4^n is 4^n / 1.6; half the smallest magnitude below that one.
TEST(Radix4, EveryMagnitudeAndMidpointWithItsNeighbours) {
  for (const float m : maxima)
    for (const Radix4Phase phase : phases) {
      const float unit = luqsim::radix4_scale(m).alpha * (phase == Radix4Phase::odd ? 2.0F : 1.0F);
      std::vector<float> x = bfloat16::around(m);
      for (const float v : bfloat16::around(unit / 2)) x.push_back(v);
      for (int n = 0; n <= 6; ++n) {
        const double magnitude = std::ldexp(double{unit}, 2 * n);
        for (const double point : {magnitude, magnitude / 1.6})
          for (const float v : bfloat16::around(static_cast<float>(point))) x.push_back(v);
      }
      ASSERT_NO_FATAL_FAILURE(expect_levels(x, m, phase));
    }
}

TEST(Radix4, MidpointsGoUp) {
  std::vector<std::int8_t> levels(6);
  const std::vector<float> x{0.5F, 0x1.fffffep-2F, 2.5F, 0x1.3ffffep1F, 10.0F, -640.0F};
  luqsim::radix4_levels(x, {1, 1}, Radix4Phase::even, levels);
  EXPECT_EQ(levels, (std::vector<std::int8_t>{1, 0, 2, 1, 3, -6}));
  std::vector<float> twice;
  for (const float v : x) twice.push_back(2 * v);
  luqsim::radix4_levels(twice, {1, 1}, Radix4Phase::odd, levels);
  EXPECT_EQ(levels, (std::vector<std::int8_t>{1, 0, 2, 1, 3, -6}));
}

// Up to the maximum, the level is the nearest of a grid without end: the next magnitude would never be nearer. The even
// phase uses every level, the odd one does from 2^p / 1.6 on, where 2^p is its largest magnitude.
TEST(Radix4, NothingClips) {
  for (const float m : maxima)
    for (const Radix4Phase phase : phases) {
      const bool odd = phase == Radix4Phase::odd;
      const Rational unit = oracle::radix4_unit(m), top = oracle::radix4_magnitude(7, odd) * unit;
      EXPECT_LT(oracle::exact(m), top * Rational(5, 2)) << std::hexfloat << m;
      const bool all_used = !odd || oracle::exact(m) >= top * Rational(5, 8);
      std::vector<float> x{m};
      for (int halvings = 1; halvings < 16; ++halvings) x.push_back(std::ldexp(m, -halvings));
      std::vector<std::int8_t> levels(x.size());
      luqsim::radix4_levels(x, luqsim::radix4_scale(m), phase, levels);
      EXPECT_EQ(levels[0], all_used ? 7 : 6) << std::hexfloat << m;
      EXPECT_EQ(std::set<std::int8_t>(levels.begin(), levels.end()).size(), all_used ? 8U : 7U);
    }
}

// From 1.25 2^k to 2^(k+1) the phases err on opposite sides, so that their errors partly cancel; below that both round
// down.
TEST(Radix4, ThePhasesErrOnOppositeSides) {
  const auto error = [](float x, Radix4Phase phase) {
    std::int8_t level = 0;
    luqsim::radix4_levels(std::span(&x, 1), {1, 1}, phase, std::span(&level, 1));
    return Rational(oracle::radix4_magnitude(level, phase == Radix4Phase::odd) - oracle::exact(x));
  };
  for (const float x : {1.25F, 1.3F, 1.9F, 2.5F, 3.5F, 5.0F, 7.9F, 10.0F, 15.0F})
    EXPECT_LT(error(x, Radix4Phase::even) * error(x, Radix4Phase::odd), 0) << x;
  for (const float x : {2.2F, 4.9F, 9.0F}) {
    EXPECT_LT(error(x, Radix4Phase::even), 0) << x;
    EXPECT_LT(error(x, Radix4Phase::odd), 0) << x;
  }
}

TEST(Radix4, BothPhasesOfATensorPacked) {
  sampling::Source source(92);
  for (const auto& [rows, cols] : {std::pair<std::size_t, std::size_t>{1, 1}, {4, 7}, {3, 8}, {1, 5001}}) {
    const std::vector<float> x = sampling::floats_near(source, 1.0F, 9, rows * cols);
    const Radix4Result result = luqsim::radix4_quantize(x, rows, cols);
    ASSERT_EQ(result.measured.status, QuantizeStatus::ok);
    const Rational unit = oracle::radix4_unit(result.measured.max_abs);
    ASSERT_EQ(oracle::exact(result.scale.alpha), unit);
    for (const Radix4Tensor* t : {&result.even, &result.odd}) {
      ASSERT_EQ(t->phase, t == &result.even ? Radix4Phase::even : Radix4Phase::odd);
      ASSERT_EQ(t->bytes.size(), rows * ((cols + 1) / 2));
      for (std::size_t i = 0; i < x.size(); ++i) {
        const int level = oracle::radix4_level(abs(oracle::exact(x[i])), unit, t == &result.odd);
        ASSERT_EQ(t->code(i / cols, i % cols), level + (x[i] < 0 && level > 0 ? 8 : 0)) << i;
      }
    }
  }
}

TEST(Radix4, AnEstimateTakesThePlaceOfTheMaximum) {
  const Radix4Result result = luqsim::radix4_quantize(std::vector<float>{1.0F, -1e30F}, 1, 2, 1.0F);
  EXPECT_EQ(result.measured.max_abs, 1e30F);
  EXPECT_EQ(result.estimate, 1.0F);
  EXPECT_EQ(result.scale.alpha, 0x1p-13F);
  EXPECT_EQ(result.even.code(0, 1), 0xF);
  EXPECT_EQ(result.odd.code(0, 1), 0xF);
}

TEST(Radix4, TinyTensorsAndNonFiniteOnes) {
  for (const float v : {0.0F, -0.0F, 0x1p-149F, -0x1.fffffep-101F}) {
    const Radix4Result result = luqsim::radix4_quantize(std::vector<float>(15, v), 3, 5);
    EXPECT_EQ(result.scale.alpha, 0.0F);
    EXPECT_EQ(result.even.bytes, std::vector<std::uint8_t>(9, 0));
    EXPECT_EQ(result.odd.bytes, std::vector<std::uint8_t>(9, 0));
  }
  for (const float bad : {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
    std::vector<float> x(20, 1.0F);
    x[7] = x[9] = bad;
    const Radix4Result result = luqsim::radix4_quantize(x, 4, 5);
    EXPECT_EQ(result.measured.status, QuantizeStatus::non_finite);
    EXPECT_EQ(result.measured.first_non_finite, 7U);
    EXPECT_TRUE(result.even.bytes.empty() && result.odd.bytes.empty());
  }
  EXPECT_THROW(luqsim::radix4_quantize(std::vector<float>(6), 2, 4), std::invalid_argument);
  std::vector<std::int8_t> levels(3);
  EXPECT_THROW(luqsim::radix4_levels(std::vector<float>(2), {1, 1}, Radix4Phase::even, levels), std::invalid_argument);
}

TEST(Radix4, EveryProductOfCodesIsExact) {
  for (const Format format : {Format::int4, Format::uint4})
    for (const Radix4Phase phase : phases) {
      std::uint32_t most = 0;
      for (std::uint8_t w = 0; w < 16; ++w)
        for (std::uint8_t g = 0; g < 16; ++g) {
          const Rational value = oracle::radix4_magnitude(g & 7, phase == Radix4Phase::odd) * ((g & 8) != 0 ? -1 : 1);
          const Rational integer = oracle::value_of(oracle::code_book(std::string(luqsim::name_of(format))), w);
          const std::int32_t product = luqsim::radix4_product(format, w, phase, g);
          ASSERT_EQ(Rational(luqsim::radix4_value(phase, g)), value);
          ASSERT_EQ(Rational(product), integer * value) << int{w} << " x " << int{g};
          if (format == Format::uint4 || w != 8) most = std::max(most, static_cast<std::uint32_t>(std::abs(product)));
        }
      EXPECT_EQ(luqsim::radix4_max_product(format, phase), most);
    }
  EXPECT_EQ(luqsim::radix4_max_product(Format::int4, Radix4Phase::odd), 57344U);
  EXPECT_EQ(luqsim::radix4_product(Format::int4, 8, Radix4Phase::odd, 7), -65536);
  EXPECT_THROW(luqsim::radix4_product(Format::int8, 1, Radix4Phase::even, 1), std::invalid_argument);
  EXPECT_THROW(luqsim::radix4_max_product(Format::fp4_e3m0, Radix4Phase::even), std::invalid_argument);
}

TEST(Radix4, SumsAreExactUpToTheBound) {
  const std::uint32_t even = luqsim::radix4_max_product(Format::int4, Radix4Phase::even),
                      odd = luqsim::radix4_max_product(Format::int4, Radix4Phase::odd);
  using luqsim::AccumulatorKind;
  EXPECT_EQ(luqsim::exact_terms({.kind = AccumulatorKind::int16}, even), 1U);
  EXPECT_EQ(luqsim::exact_terms({.kind = AccumulatorKind::int16}, odd), 0U);
  EXPECT_EQ(luqsim::exact_terms({.kind = AccumulatorKind::int24}, even), 292U);
  EXPECT_EQ(luqsim::exact_terms({.kind = AccumulatorKind::int32}, even), 74898U);
  EXPECT_EQ(luqsim::exact_terms({.kind = AccumulatorKind::int32}, odd), 37449U);
}

}  // namespace

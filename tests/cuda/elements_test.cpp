// The functions that the kernels apply to each element, on the CPU, against the model: the same source runs on the GPU.
#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "luqsim/numerics/elementary.h"
#include "luqsim/numerics/tensor.h"

#include "elements/codes.h"
#include "elements/elementary.h"
#include "elements/luq.h"
#include "elements/philox.h"
#include "elements/sawb.h"
#include "sampling.h"

namespace luqsim::cuda {
namespace {

using sampling::Source;

float ulps(float x, int n) {
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(x) + static_cast<std::uint32_t>(n));
}

template <Rounding rounding>
void expect_levels(const std::vector<float>& x, const std::vector<std::uint16_t>& lanes, LuqScale scale,
                   LuqConfig config) {
  config.rounding = rounding;
  std::vector<std::int8_t> model(x.size());
  luqsim::luq_levels(x, lanes, scale, config, model);
  const LuqConstants constants = luq_constants(config);
  for (std::size_t i = 0; i < x.size(); ++i)
    ASSERT_EQ(luq_level<rounding>(x[i], scale.inverse, luq_random(lanes[i], constants), constants), model[i])
        << name_of(rounding) << " x=" << std::hexfloat << x[i] << " inverse=" << scale.inverse << " lane=" << lanes[i]
        << " B=" << config.random_bits << " E=" << config.top_exponent;
}

void expect_levels_of_all(const std::vector<float>& x, const std::vector<std::uint16_t>& lanes, LuqScale scale,
                          const LuqConfig& config) {
  expect_levels<Rounding::luq>(x, lanes, scale, config);
  expect_levels<Rounding::rdnp>(x, lanes, scale, config);
  expect_levels<Rounding::rdnp_su>(x, lanes, scale, config);
  expect_levels<Rounding::sr>(x, lanes, scale, config);
  expect_levels<Rounding::int4_sr>(x, lanes, scale, config);
}

// Around every power of two, tie and end of range; r = x.
std::vector<float> edges() {
  std::vector<float> x{0.0F, -0.0F, std::numeric_limits<float>::denorm_min(), std::numeric_limits<float>::max()};
  for (int k = -20; k <= 9; ++k)
    for (const float factor : {1.0F, 1.25F, 1.5F, 1.75F})
      for (int n = -1; n <= 1; ++n) x.push_back(ulps(std::ldexp(factor, k), n));
  for (int k = 2; k <= 7; ++k)
    for (int n = -1; n <= 1; ++n) x.push_back(-ulps(static_cast<float>(k), n));
  return x;
}

TEST(LuqElement, EveryRandomNumberAtEveryEdge) {
  for (const int bits : {1, 7, 8, 15, 16})
    for (const float x : edges()) {
      std::vector<std::uint16_t> lanes(65536);
      for (std::size_t i = 0; i < lanes.size(); ++i) lanes[i] = static_cast<std::uint16_t>(i);
      expect_levels_of_all(std::vector<float>(lanes.size(), x), lanes, {1, 1}, {.random_bits = bits});
      if (HasFatalFailure()) return;
    }
}

// Where a random number just rounds up, and one step of binary32 to either side, in range and below.
TEST(LuqElement, EveryThreshold) {
  for (int bits = 1; bits <= 16; ++bits) {
    std::vector<float> x;
    std::vector<std::uint16_t> lanes;
    for (std::uint32_t u = 0; u < 1U << bits; ++u) {
      const float up = 1.0F - static_cast<float>(2 * u + 1) / static_cast<float>(2U << bits);
      for (const float edge : {up, 1.0F + up, 32.0F + 32.0F * up, -6.0F - up})
        for (int n = -1; n <= 1; ++n) {
          x.push_back(ulps(edge, n));
          lanes.push_back(static_cast<std::uint16_t>(u << (16 - bits)));
        }
    }
    expect_levels_of_all(x, lanes, {1, 1}, {.random_bits = bits});
    if (HasFatalFailure()) return;
  }
}

TEST(LuqElement, EveryBfloat16AndRandomFloats) {
  Source source(5);
  std::vector<float> x;
  std::vector<std::uint16_t> lanes;
  for (std::uint32_t code = 0; code < 65536; ++code)
    if ((code & 0x7F80) != 0x7F80) x.push_back(std::bit_cast<float>(code << 16));
  for (int i = 0; i < 1'000'000; ++i) x.push_back(source.finite_float());
  for (std::size_t i = 0; i < x.size(); ++i) lanes.push_back(static_cast<std::uint16_t>(source.bits()));
  for (const int top : {4, 6, 7})
    for (const float max_abs : {0x1p-120F, 0x1.8p-60F, 0x1.fffffep-1F, 1.0F, 3.0F, 0x1p100F, 0x1.fffffep127F}) {
      const LuqConfig config{.top_exponent = top, .random_bits = static_cast<int>(source.between(1, 16))};
      expect_levels_of_all(x, lanes, luq_scale(max_abs, config), config);
      if (HasFatalFailure()) return;
    }
}

TEST(LuqScaleElement, EveryExponentAndRandomMaxima) {
  Source source(6);
  std::vector<float> maxima{0, std::numeric_limits<float>::denorm_min()};
  for (int k = -126; k <= 127; ++k)
    for (const float factor : {1.0F, 1.5F})
      for (int n = -1; n <= 1; ++n) maxima.push_back(ulps(std::ldexp(factor, k), n));
  for (int i = 0; i < 200'000; ++i) maxima.push_back(std::fabs(source.finite_float()));
  for (const float max_abs : maxima)
    for (const Rounding rounding : {Rounding::luq, Rounding::int4_sr})
      for (const Alpha alpha : {Alpha::max, Alpha::pow2})
        for (const int top : {4, 6, 7}) {
          if (rounding == Rounding::int4_sr && alpha == Alpha::pow2) continue;
          const LuqScale model = luq_scale(max_abs, {.rounding = rounding, .alpha = alpha, .top_exponent = top});
          const LuqScaleOnDevice element = luq_scale_of(max_abs, rounding, alpha, top);
          ASSERT_EQ(std::bit_cast<std::uint32_t>(element.alpha), std::bit_cast<std::uint32_t>(model.alpha))
              << std::hexfloat << max_abs << " " << name_of(alpha) << " E=" << top;
          ASSERT_EQ(std::bit_cast<std::uint32_t>(element.inverse), std::bit_cast<std::uint32_t>(model.inverse))
              << std::hexfloat << max_abs << " " << name_of(alpha) << " E=" << top;
        }
  for (const float bad : {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()})
    EXPECT_EQ(luq_scale_of(bad, Rounding::luq, Alpha::max, 6).inverse, 0.0F);
}

TEST(SawbElement, MomentsOfEdgesAndRandomFloats) {
  Source source(7);
  for (int i = 0; i < 300'000; ++i) {
    const float max_abs =
        std::fabs(source.float_near(std::ldexp(1.0F, static_cast<int>(source.between(-119, 126))), 0));
    float x = source.one_in(8) ? source.finite_float() : source.float_near(max_abs, 26);
    if (std::fabs(x) > max_abs) x = source.one_in(2) ? max_abs : x * 0x1p-40F;
    if (std::fabs(x) > max_abs) continue;
    const SawbMoments model = sawb_moments(std::span(&x, 1), max_abs);
    ASSERT_EQ(sawb_moment(x, max_abs), model.sum) << std::hexfloat << x << " of " << max_abs;
  }
  // Ties: odd multiples of half a step.
  for (std::uint32_t step = 1; step < 1U << 19; step += 2) {
    const float x = std::ldexp(static_cast<float>(step), -19);
    ASSERT_EQ(sawb_moment(x, 1.0F), sawb_moments(std::span(&x, 1), 1.0F).sum) << step;
  }
}

TEST(SawbElement, Scales) {
  Source source(8);
  for (int i = 0; i < 200'000; ++i) {
    const float max_abs =
        std::fabs(source.float_near(std::ldexp(1.0F, static_cast<int>(source.between(-121, 127))), 0));
    SawbMoments moments{1 + source.below(1U << 27), std::ilogb(max_abs), 0, 0};
    const std::uint64_t mean = source.below(1U << 18);
    moments.sum = mean * moments.count;
    moments.sum_of_squares = moments.count * (mean * mean + source.below(mean + 1) * mean / 4);
    const bool is_signed = source.one_in(2);
    SawbConfig config{.format = is_signed ? Format::int4 : Format::uint4};
    if (source.one_in(4)) config.c1 = 12.68, config.c2 = 12.80;
    if (source.one_in(8)) config.c1 = 1e-40, config.c2 = 0;
    ASSERT_EQ(sawb_scale_of(moments.sum, moments.sum_of_squares, static_cast<double>(moments.count), max_abs, config.c1,
                            config.c2, is_signed ? 7.0 : 15.0),
              sawb_scale(moments, max_abs, config))
        << std::hexfloat << max_abs << " " << moments.sum << " " << moments.sum_of_squares << " " << moments.count;
  }
}

TEST(SawbElement, LevelsOfEdgesAndRandomFloats) {
  Source source(9);
  std::vector<float> x;
  for (int k = -64; k <= 64; ++k)
    for (int n = k == 0 ? 0 : -1; n <= 1; ++n) x.push_back(ulps(static_cast<float>(k) / 4, n));
  for (int i = 0; i < 500'000; ++i) x.push_back(source.one_in(2) ? source.finite_float() : source.float_near(4, 4));
  for (const Format format : {Format::int4, Format::uint4})
    for (const float scale : {1.0F, 0x1.234568p-3F, 0x1p-126F, 0x1.8p100F}) {
      std::vector<std::int8_t> model(x.size());
      sawb_levels(x, scale, format, model);
      const float high = format == Format::int4 ? 7.0F : 15.0F, low = format == Format::int4 ? -high : 0.0F;
      for (std::size_t i = 0; i < x.size(); ++i)
        ASSERT_EQ(sawb_level(x[i], 1.0F / scale, low, high), model[i]) << std::hexfloat << x[i] << " / " << scale;
    }
}

TEST(PhiloxElement, BlocksOfTheModel) {
  Source source(10);
  for (int i = 0; i < 100'000; ++i) {
    const RandomStream s{source.bits(), static_cast<std::uint32_t>(source.bits()),
                         static_cast<std::uint32_t>(source.below(1U << 24)),
                         static_cast<std::uint32_t>(source.below(256))};
    const std::uint64_t block = source.bits() >> source.below(64);
    const auto reuse = static_cast<std::uint32_t>(1 + source.below(3));
    RandomStream shared = s;
    shared.step = s.step / reuse;
    const std::array<std::uint16_t, 8> model = random_block(shared, block);
    const PhiloxWords words = philox_block(philox_stream(s, reuse), block);
    for (unsigned j = 0; j < 8; ++j) ASSERT_EQ(words.lane(j), model[j]) << "block " << block << " lane " << j;
  }
}

// NaN against NaN counts as equal.
void expect_function(float (*element)(float), float (*model)(float), float x) {
  const std::uint32_t a = float_bits(element(x)), b = float_bits(model(x));
  ASSERT_TRUE(a == b || ((a & b & infinity_bits) == infinity_bits && (a << 9) != 0 && (b << 9) != 0))
      << std::hexfloat << x << ": " << element(x) << ", model " << model(x);
}

TEST(ElementaryElement, ExpAndLogOfTheModel) {
  for (std::uint32_t bits = 0x80000000; bits < 0xC2B00000; bits += 211) {
    expect_function(exp_nonpositive, luqsim::exp_nonpositive, float_from(bits));
    if (HasFatalFailure()) return;
  }
  for (std::uint32_t bits = 0; bits < infinity_bits; bits += 211) {
    expect_function(log_positive, luqsim::log_positive, float_from(bits));
    if (HasFatalFailure()) return;
  }
  for (const float x : {0.0F, -0.0F, 1.0F, -87.0F, -87.1F, ulps(-87.0F, -1), 0x1p-126F, 0x1p-127F,
                        std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
    expect_function(exp_nonpositive, luqsim::exp_nonpositive, x);
    expect_function(log_positive, luqsim::log_positive, x);
  }
}

template <Format format>
void expect_codes() {
  for (std::uint32_t four = 0; four < 65536; ++four) {
    const std::array<std::uint8_t, 2> bytes{static_cast<std::uint8_t>(four), static_cast<std::uint8_t>(four >> 8)};
    std::array<std::int8_t, 4> model{};
    decode_row({format, 1, 4, bytes}, 0, 0, model);
    const std::uint32_t values = values_of_codes<format>(four);
    for (unsigned i = 0; i < 4; ++i)
      ASSERT_EQ(static_cast<std::int8_t>(values >> 8 * i & 0xFF), model[i]) << name_of(format) << " " << four;
  }
  for (int level = format == Format::uint4 ? 0 : -7; level <= (format == Format::uint4 ? 15 : 7); ++level) {
    const auto narrow = static_cast<std::int8_t>(level);
    ASSERT_EQ(code_of_level<format == Format::fp4_e3m0>(level),
              pack_levels(format, 1, 1, std::span(&narrow, 1)).bytes[0]);
  }
}

TEST(CodeElement, EveryFourCodesAndEveryLevel) {
  expect_codes<Format::int4>();
  expect_codes<Format::uint4>();
  expect_codes<Format::fp4_e3m0>();
}

}  // namespace
}  // namespace luqsim::cuda

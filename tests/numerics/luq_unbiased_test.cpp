// Unbiasedness, proved by enumeration: the mean over every random integer, not a sample of them.
#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "luq_bridge.h"
#include "oracle/exact.h"

namespace {

using luqsim::LuqConfig;
using luqsim::Rounding;
using oracle::Rational;

// A level is a function of the element's r and random integer alone. A long tensor of one repeated value meets every
// integer; with alpha = 1, r is the value itself.
class LuqUnbiased : public testing::Test {
 protected:
  static constexpr std::size_t count = 2'000'000;
  static constexpr luqsim::RandomStream stream{.seed = 2, .tensor = 1};

  static void SetUpTestSuite() {
    random_.clear();
    for (std::size_t i = 0; i < count; ++i) random_.push_back(oracle::random16(bridge::stream(stream), i));
  }

  // Levels indexed by the random integer; each is also checked against the oracle.
  static std::vector<int> levels_by_random(float r, const LuqConfig& config) {
    constexpr int unseen = 100;
    const std::vector<std::int8_t> levels =
        bridge::library_levels(std::vector<float>(count, r), 0, {1.0F, 1.0F}, config, stream);
    std::vector<int> by_random(std::size_t{1} << config.random_bits, unseen);
    for (std::size_t i = 0; i < count; ++i) {
      int& level = by_random[random_[i] >> (16 - config.random_bits)];
      if (level == unseen) level = levels[i];
      if (level == levels[i]) continue;
      ADD_FAILURE() << "two levels for one random integer at element " << i;
      break;
    }
    std::vector<int> expected;
    for (std::size_t u = 0; u < by_random.size(); ++u)
      expected.push_back(oracle::luq_level(r, u, bridge::settings(config)));
    const auto differs = std::mismatch(by_random.begin(), by_random.end(), expected.begin()).first;
    EXPECT_EQ(differs, by_random.end()) << "first for random integer " << differs - by_random.begin();
    return by_random;
  }

  // |mean - r| <= step / 2^(B + 1), where `step` is the distance of the two levels around r.
  static void expect_unbiased(float r, const Rational& step, const LuqConfig& config) {
    SCOPED_TRACE(testing::Message() << std::hexfloat << "r " << r << " B " << config.random_bits << " "
                                    << luqsim::name_of(config.rounding));
    std::int64_t sum = 0;
    for (const int level : levels_by_random(r, config)) sum += oracle::luq_value(level, bridge::settings(config));
    const Rational total = Rational(oracle::Integer(1) << config.random_bits);
    EXPECT_LE(abs(Rational(sum) - oracle::exact(r) * total), step / 2);
  }

  static std::vector<std::uint32_t> random_;
};
std::vector<std::uint32_t> LuqUnbiased::random_;

constexpr int random_bit_counts[] = {8, 16};

TEST_F(LuqUnbiased, InRange) {
  for (const int bits : random_bit_counts)
    for (const Rounding rounding : {Rounding::luq, Rounding::sr})
      for (const float r : {1.0F, 0x1.000002p0F, 1.25F, 0x1.555556p0F, 0x1.fffffep0F, 2.0F, 3.14159274F, 0x1.01p2F,
                            11.0F, 0x1.8p4F, 0x1.fffep4F, 32.0F, 0x1.000002p5F, 47.3F, 0x1.fffffep5F, 64.0F})
        expect_unbiased(r, oracle::power_of_two(oracle::floor_log2(oracle::exact(r))),
                        {.rounding = rounding, .random_bits = bits});
}

TEST_F(LuqUnbiased, BelowRange) {
  for (const int bits : random_bit_counts)
    for (const Rounding rounding : {Rounding::luq, Rounding::rdnp_su})
      for (const float r : {0.0F, 0x1p-149F, 0x1p-126F, 0x1p-18F, 0x1p-17F, 0x1.000002p-17F, 0x1p-9F, 0x1.fffffep-10F,
                            0.1F, 0.5F, 0x1.555556p-1F, 0x1.fffep-1F, 0x1.fffffep-1F})
        expect_unbiased(r, 1, {.rounding = rounding, .random_bits = bits});
}

TEST_F(LuqUnbiased, UniformLevels) {
  for (const int bits : random_bit_counts)
    for (const float r : {0.0F, 0x1p-18F, 0.3F, 0x1.fffffep-1F, 1.0F, 2.5F, 3.14159274F, 6.0F, 0x1.bffffep2F, 7.0F})
      expect_unbiased(r, 1, {.rounding = Rounding::int4_sr, .random_bits = bits});
}

TEST_F(LuqUnbiased, EveryNumberOfRandomBits) {
  for (int bits = 1; bits <= 16; ++bits)
    for (const float r : {0.2F, 1.7F, 40.0F})
      expect_unbiased(r, r < 1 ? 1 : oracle::power_of_two(oracle::floor_log2(oracle::exact(r))), {.random_bits = bits});
}

// Values above the maximum clip, whatever the random integer: that is the price of a hindsight estimate.
TEST_F(LuqUnbiased, AboveRangeClips) {
  for (const float r : {64.5F, 100.0F, 0x1p100F})
    for (const int level : levels_by_random(r, {})) ASSERT_EQ(level, 7);
}

}  // namespace

// Every finite bfloat16 under every configuration, against the oracle.
#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <vector>

#include <gtest/gtest.h>

#include "bfloat16.h"
#include "luq_bridge.h"

namespace {

using luqsim::LuqConfig;

constexpr std::uint64_t first_element = 3;  // not aligned to a block of random numbers
constexpr int random_bit_counts[] = {1, 2, 8, 15, 16};

class LuqExhaustive : public testing::TestWithParam<float> {
 protected:
  // r depends on the inverse alone, so one vector serves many configurations.
  const std::vector<float>& ratios(float inverse) {
    std::vector<float>& r = ratios_[inverse];
    for (std::size_t i = r.size(); i < x_.size(); i += 2) {
      const float ratio = oracle::luq_ratio(x_[i], inverse);
      r.insert(r.end(), 2, ratio);
    }
    return r;
  }

  void compare(const LuqConfig& config, luqsim::LuqScale scale) {
    const oracle::LuqSettings settings = bridge::settings(config);
    const std::vector<std::int8_t> levels = bridge::library_levels(x_, first_element, scale, config, stream_);
    const std::vector<float>& r = ratios(scale.inverse);
    for (std::size_t i = 0; i < x_.size(); ++i) {
      const int magnitude = oracle::luq_level(r[i], random_[i] >> (16 - config.random_bits), settings);
      ASSERT_EQ(levels[i], x_[i] < 0 ? -magnitude : magnitude)
          << std::hexfloat << "x " << x_[i] << " r " << r[i] << " random " << random_[i];
    }
  }

  const std::vector<float> x_ = bfloat16::all_finite();
  const luqsim::RandomStream stream_{.seed = 0xFEEDF00D12345678, .tensor = 7, .step = 1000, .sample = 1};
  std::vector<std::uint32_t> random_;
  std::map<float, std::vector<float>> ratios_;

  void SetUp() override {
    for (std::size_t i = 0; i < x_.size(); ++i)
      random_.push_back(oracle::random16(bridge::stream(stream_), first_element + i));
  }
};

TEST_P(LuqExhaustive, LevelsAndScalesEqualTheOracle) {
  for (LuqConfig config : bridge::all_configs()) {
    const luqsim::LuqScale scale = luqsim::luq_scale(GetParam(), config);
    const oracle::LuqUnits units = oracle::luq_units(GetParam(), bridge::settings(config));
    SCOPED_TRACE(testing::Message() << luqsim::name_of(config.rounding) << " " << luqsim::name_of(config.alpha) << " E "
                                    << config.top_exponent);
    ASSERT_EQ(std::bit_cast<std::uint32_t>(scale.alpha), std::bit_cast<std::uint32_t>(units.alpha));
    ASSERT_EQ(std::bit_cast<std::uint32_t>(scale.inverse), std::bit_cast<std::uint32_t>(units.inverse));
    for (const int bits : random_bit_counts) {
      config.random_bits = bits;
      if (scale.alpha == 0) {
        const auto levels = bridge::library_levels(x_, first_element, scale, config, stream_);
        ASSERT_EQ(levels, std::vector<std::int8_t>(x_.size(), 0));
      } else {
        ASSERT_NO_FATAL_FAILURE(compare(config, scale)) << bits << " random bits";
      }
    }
  }
}

// The smallest maximum and its neighbours, both ends of binary32, powers of two and their neighbours, significands
// whose reciprocal rounds up and down. Most bfloat16 values lie far above or below each of them, as with a hindsight
// estimate.
INSTANTIATE_TEST_SUITE_P(Maxima, LuqExhaustive,
                         testing::Values(0.0F, 0x1p-149F, 0x1.fffffep-121F, 0x1p-120F, 0x1.000002p-120F, 0x1.5p-119F,
                                         0x1.2bc3p-7F, 0x1.fffffep-1F, 1.0F, 0x1.000002p0F, 0x1.8p3F, 0x1.555556p20F,
                                         0x1.fep127F, std::numeric_limits<float>::max()));

}  // namespace

#include "luqsim/numerics/elementary.h"

#include <bit>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();
constexpr float smallest_normal = std::numeric_limits<float>::min();

// Calls f with floats from `first` on, `stride` bit patterns apart, while their magnitudes do not pass `last`.
template <class Function>
void for_floats(float first, float last, std::uint32_t stride, Function f) {
  for (auto bits = std::bit_cast<std::uint32_t>(first); bits <= std::bit_cast<std::uint32_t>(last); bits += stride)
    f(std::bit_cast<float>(bits));
}

TEST(Elementary, ExpIsWithinItsBound) {
  long double worst = 0;
  const auto measure = [&](float x) {
    const long double exact = std::exp(static_cast<long double>(x));
    worst = std::max(worst, std::fabs((luqsim::exp_nonpositive(x) - exact) / exact));
  };
  for_floats(-0.0F, -87.0F, 1009, measure);  // bit patterns of negative numbers grow with the magnitude
  for_floats(-0x1p-5F, -87.0F, 37, measure);
  EXPECT_LT(worst, 0x1p-22L);
}

TEST(Elementary, LogIsWithinItsBounds) {
  long double worst_relative = 0, worst_near_one = 0;
  const auto measure = [&](float x) {
    const long double exact = std::log(static_cast<long double>(x));
    const long double error = std::fabs(luqsim::log_positive(x) - exact);
    if (std::fabs(exact) < 0.25L) {
      worst_near_one = std::max(worst_near_one, error);
    } else {
      worst_relative = std::max(worst_relative, error / std::fabs(exact));
    }
  };
  for_floats(smallest_normal, std::numeric_limits<float>::max(), 2003, measure);
  for_floats(0.5F, 2.0F, 17, measure);
  for_floats(std::nextafter(1.0F, 0.0F), 0x1.001p0F, 1, measure);
  EXPECT_LT(worst_relative, 0x1p-22L);
  EXPECT_LT(worst_near_one, 0x1p-24L);
}

TEST(Elementary, EdgesOfExp) {
  EXPECT_EQ(luqsim::exp_nonpositive(0.0F), 1.0F);
  EXPECT_EQ(luqsim::exp_nonpositive(-0.0F), 1.0F);
  EXPECT_GE(luqsim::exp_nonpositive(-87.0F), smallest_normal);
  for (const float x : {std::nextafter(-87.0F, -100.0F), -1000.0F, -std::numeric_limits<float>::max(), -infinity})
    EXPECT_EQ(std::bit_cast<std::uint32_t>(luqsim::exp_nonpositive(x)), 0U) << x;
  for (const float x : {0x1p-149F, 1.0F, infinity, nan}) EXPECT_TRUE(std::isnan(luqsim::exp_nonpositive(x))) << x;
  EXPECT_EQ(luqsim::exp_nonpositive(-0x1p-149F), 1.0F);
}

TEST(Elementary, EdgesOfLog) {
  EXPECT_EQ(std::bit_cast<std::uint32_t>(luqsim::log_positive(1.0F)), 0U);
  EXPECT_NEAR(luqsim::log_positive(smallest_normal), -87.3365448, 1e-5);
  EXPECT_NEAR(luqsim::log_positive(std::numeric_limits<float>::max()), 88.7228391, 1e-5);
  for (const float x : {0.0F, -0.0F, -1.0F, std::nextafter(smallest_normal, 0.0F), 0x1p-149F, infinity, -infinity, nan})
    EXPECT_TRUE(std::isnan(luqsim::log_positive(x))) << x;
}

}  // namespace

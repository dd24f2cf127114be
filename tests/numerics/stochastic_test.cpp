#include "luqsim/numerics/stochastic.h"

#include <array>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "luqsim/numerics/luq.h"

#include "bfloat16.h"
#include "oracle/stochastic.h"
#include "sampling.h"

namespace {

using luqsim::Format;
using oracle::CodeBook;
using oracle::Rational;

constexpr Format formats[] = {Format::fp4_e2m1, Format::fp8_e4m3, Format::fp8_e5m2, Format::int8, Format::bf16,
                              Format::int4,     Format::fp4_e3m0, Format::fp7_e4m2, Format::fp16};
constexpr int random_bit_counts[] = {1, 3, 8, 15, 16};

const CodeBook& book_of(Format format) { return oracle::code_book(std::string(luqsim::name_of(format))); }

void expect_equals_oracle(Format format, float x, std::uint32_t u, int bits) {
  const Rational magnitude = abs(oracle::exact(x));
  ASSERT_EQ(luqsim::encode_stochastic(format, x, u, bits),
            oracle::stochastic_code(book_of(format), magnitude, std::signbit(x), u, bits))
      << luqsim::name_of(format) << " " << std::hexfloat << x << " random " << u << " of " << bits << " bits";
  ASSERT_EQ(luqsim::encode_saturating(format, x), oracle::nearest_finite(book_of(format), magnitude, std::signbit(x)))
      << luqsim::name_of(format) << " " << std::hexfloat << x;
}

// The values of positive finite codes.
std::vector<float> magnitudes(Format format) {
  std::vector<float> all;
  const CodeBook& book = book_of(format);
  for (std::uint32_t code = 0; code < book.codes.size(); ++code)
    if (book.codes[code].kind == oracle::Decoded::Kind::finite && !book.codes[code].negative)
      all.push_back(static_cast<float>(luqsim::decode(format, code)));
  return all;
}

TEST(Stochastic, EveryBfloat16) {
  sampling::Source source(71);
  for (const Format format : formats)
    for (const float x : bfloat16::all_finite()) {
      const int bits = random_bit_counts[source.below(std::size(random_bit_counts))];
      const auto u = static_cast<std::uint32_t>(source.below(1U << bits));
      ASSERT_NO_FATAL_FAILURE(expect_equals_oracle(format, x, u, bits));
    }
}

// At every value, every midpoint and one binary32 beside them, with the extreme and other random numbers.
TEST(Stochastic, EveryBoundary) {
  sampling::Source source(72);
  for (const Format format : formats) {
    const std::vector<float> values = magnitudes(format);
    const std::size_t stride = values.size() > 1000 ? 37 : 1;
    for (std::size_t i = 0; i + 1 < values.size(); i += stride) {
      std::vector<float> x = bfloat16::around(values[i] / 2 + values[i + 1] / 2);
      for (const float v : bfloat16::around(values[i])) x.push_back(v);
      for (const float v : x)
        for (const int bits : {1, 16})
          for (const std::uint32_t u : {0U, (1U << bits) - 1, static_cast<std::uint32_t>(source.below(1U << bits))})
            ASSERT_NO_FATAL_FAILURE(expect_equals_oracle(format, v, u, bits));
    }
    for (const float v : bfloat16::around(values.back()))
      for (const std::uint32_t u : {0U, 65535U}) ASSERT_NO_FATAL_FAILURE(expect_equals_oracle(format, v, u, 16));
  }
}

// The threshold itself: the smallest random integer that rounds up, and the one before it.
TEST(Stochastic, EveryThreshold) {
  sampling::Source source(73);
  for (const Format format : formats) {
    const std::vector<float> values = magnitudes(format);
    for (int round = 0; round < 2000; ++round) {
      const std::size_t i = source.below(values.size() - 1);
      const int bits = static_cast<int>(source.between(1, 16));
      const auto part = static_cast<double>(source.below(2U << bits)) / (2U << bits);
      const auto x = static_cast<float>(values[i] + part * (double{values[i + 1]} - values[i]));
      const std::int64_t threshold = (std::int64_t{1} << bits) - static_cast<std::int64_t>(part * (1U << bits));
      for (std::int64_t u = threshold - 2; u <= threshold + 1; ++u) {
        if (u < 0 || u >= std::int64_t{1} << bits) continue;
        for (const float v : {x, std::nextafter(x, 0.0F), std::nextafter(x, values[i + 1])})
          ASSERT_NO_FATAL_FAILURE(expect_equals_oracle(format, v, static_cast<std::uint32_t>(u), bits));
      }
    }
  }
}

TEST(Stochastic, SaturatesAndKeepsZeros) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  for (const std::uint32_t u : {0U, 65535U}) {
    EXPECT_EQ(luqsim::encode_stochastic(Format::fp4_e2m1, infinity, u, 16), 0x7U);
    EXPECT_EQ(luqsim::encode_stochastic(Format::fp8_e4m3, -infinity, u, 16), 0xFEU);
    EXPECT_EQ(luqsim::encode_stochastic(Format::fp8_e5m2, 57345.0F, u, 16), 0x7BU);
    EXPECT_EQ(luqsim::encode_stochastic(Format::bf16, std::numeric_limits<float>::max(), u, 16), 0x7F7FU);
    EXPECT_EQ(luqsim::encode_stochastic(Format::int8, -1e9F, u, 16), 0x81U);
    EXPECT_EQ(luqsim::encode_stochastic(Format::fp4_e2m1, -0.0F, u, 16), 0x8U);
    EXPECT_EQ(luqsim::encode_stochastic(Format::fp4_e3m0, -0.0F, u, 16), 0x0U);
  }
  EXPECT_EQ(luqsim::encode_saturating(Format::bf16, std::numeric_limits<float>::max()), 0x7F7FU);
  EXPECT_EQ(luqsim::encode_saturating(Format::bf16, -infinity), 0xFF7FU);
  EXPECT_EQ(luqsim::encode_saturating(Format::fp8_e4m3, 1e9F), 0x7EU);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(luqsim::encode_stochastic(Format::fp8_e4m3, nan, 0, 16), luqsim::encode(Format::fp8_e4m3, nan));
  EXPECT_EQ(luqsim::encode_saturating(Format::bf16, nan), luqsim::encode(Format::bf16, nan));
  EXPECT_THROW(luqsim::encode_stochastic(Format::int8, nan, 0, 16), std::domain_error);
}

// Unbiased, by the sum over every random integer: floor(f 2^B + 1/2) of them round up.
void expect_unbiased(Format format, float x, int bits) {
  const std::vector<float> values = magnitudes(format);
  const auto above = std::upper_bound(values.begin(), values.end(), x);
  const Rational low = oracle::exact(*(above - 1)), step = oracle::exact(*above) - low;
  const Rational total = oracle::power_of_two(bits);
  const oracle::Integer up = oracle::floor((oracle::exact(x) - low) / step * total + Rational(1, 2));
  Rational sum = 0;
  oracle::Integer ups = 0;
  for (std::uint32_t u = 0; u < 1U << bits; ++u) {
    const double value = luqsim::decode(format, luqsim::encode_stochastic(format, x, u, bits));
    ups += value > *(above - 1) ? 1 : 0;
    sum += oracle::exact(value);
  }
  EXPECT_EQ(ups, up) << luqsim::name_of(format) << " " << std::hexfloat << x << " B " << bits;
  EXPECT_LE(abs(sum / total - oracle::exact(x)), step / 2 / total);
}

TEST(Stochastic, UnbiasedForEveryRandomBitCount) {
  for (const Format format : {Format::fp4_e2m1, Format::fp8_e4m3, Format::fp8_e5m2, Format::int8})
    for (const float x : {0.0F, 0x1p-20F, 0.1F, 0.26F, 0.7F, 1.3F, 2.5F, 0x1.fffffep1F, 5.999F})
      for (int bits = 1; bits <= 9; ++bits) expect_unbiased(format, x, bits);
}

TEST(Stochastic, UnbiasedAtSixteenBits) {
  for (const float x : {0.3F, 4.7F, 0x1.000002p2F}) expect_unbiased(Format::fp4_e2m1, x, 16);
  for (const Format format : {Format::fp8_e4m3, Format::fp8_e5m2, Format::int8, Format::bf16})
    for (const float x : {0x1p-12F, 3.14159274F}) expect_unbiased(format, x, 16);
}

// The rule is LUQ's: the same levels for the same r and random number.
TEST(Stochastic, EqualsLuqOnItsFormat) {
  sampling::Source source(74);
  for (const int bits : {4, 16}) {
    const luqsim::LuqConfig config{.random_bits = bits};
    for (int round = 0; round < 20000; ++round) {
      const float x = source.float_near(8.0F, 8);
      const auto lane = static_cast<std::uint16_t>(source.bits());
      std::int8_t level = 0;
      luqsim::luq_levels(std::span(&x, 1), std::span(&lane, 1), {1, 1}, config, std::span(&level, 1));
      const std::uint32_t code =
          luqsim::encode_stochastic(Format::fp4_e3m0, x, static_cast<std::uint32_t>(lane >> (16 - bits)), bits);
      ASSERT_EQ(static_cast<int>(code & 7), std::abs(level)) << std::hexfloat << x << " " << lane;
      ASSERT_EQ(code >> 3, level < 0 ? 1U : 0U);
    }
  }
}

}  // namespace

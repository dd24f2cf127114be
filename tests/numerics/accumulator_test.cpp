#include "luqsim/numerics/accumulator.h"

#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "oracle/accumulator.h"
#include "sampling.h"

namespace {

using luqsim::AccumulatorConfig;
using luqsim::AccumulatorKind;
using luqsim::AccumulatorState;
using luqsim::Overflow;
using sampling::Source;
using Terms = std::vector<std::int32_t>;

std::vector<AccumulatorConfig> all_configs() {
  std::vector<AccumulatorConfig> configs;
  for (const auto kind :
       {AccumulatorKind::int16, AccumulatorKind::int20, AccumulatorKind::int24, AccumulatorKind::int32})
    for (const auto overflow : {Overflow::wrap, Overflow::saturate}) configs.push_back({kind, overflow});
  for (const auto kind : {AccumulatorKind::fp32, AccumulatorKind::bf16, AccumulatorKind::fp16})
    configs.push_back({kind});
  for (const std::uint32_t length : {1U, 2U, 7U, 64U})
    configs.push_back({.kind = AccumulatorKind::chunk, .chunk_length = length});
  return configs;
}

bool is_integer(AccumulatorKind kind) { return luqsim::integer_bits(kind) > 0; }

AccumulatorState sum_of(const AccumulatorConfig& config, const Terms& terms) {
  AccumulatorState state;
  luqsim::accumulate(config, terms, state);
  return state;
}

// Value of the finished accumulator (before its rounding to binary32) and the overflows.
std::pair<double, std::uint64_t> expected(const AccumulatorConfig& config, const Terms& terms) {
  switch (config.kind) {
    case AccumulatorKind::fp32:
      return {oracle::sum_floats(terms, oracle::binary32), 0};
    case AccumulatorKind::bf16:
      return {oracle::sum_floats(terms, oracle::bfloat16), 0};
    case AccumulatorKind::fp16:
      return {oracle::sum_floats(terms, oracle::binary16), 0};
    case AccumulatorKind::chunk:
      return {oracle::sum_chunks(terms, config.chunk_length), 0};
    default:
      const oracle::IntegerSum sum =
          oracle::sum_integers(terms, luqsim::integer_bits(config.kind), config.overflow == Overflow::saturate);
      return {sum.value.convert_to<double>(), sum.overflows};
  }
}

void expect_equals_oracle(const AccumulatorConfig& config, const Terms& terms) {
  const auto [value, overflows] = expected(config, terms);
  const AccumulatorState state = sum_of(config, terms);
  const float result = luqsim::accumulated(config, state);
  SCOPED_TRACE(testing::Message() << luqsim::name_of(config.kind) << " " << luqsim::name_of(config.overflow) << ", "
                                  << terms.size() << " terms, chunks of " << config.chunk_length);
  if (std::isnan(value)) {
    ASSERT_TRUE(std::isnan(result));
  } else {
    const float rounded = std::isinf(value) ? static_cast<float>(value) : oracle::round_binary32(oracle::exact(value));
    ASSERT_EQ(std::bit_cast<std::uint32_t>(result), std::bit_cast<std::uint32_t>(rounded)) << result << " " << rounded;
  }
  ASSERT_EQ(state.overflows, overflows);
}

// Sequences of products: small, large, of one sign for a while, cancelling.
Terms weighted_terms(Source& source, std::size_t count, std::int32_t largest) {
  Terms terms;
  std::int64_t sign = 1;
  const bool drifting = source.one_in(2);
  for (std::size_t i = 0; i < count; ++i) {
    if (source.one_in(drifting ? 200 : 2)) sign = -sign;
    const std::int64_t limit = source.one_in(3) ? 7 : largest;
    const std::int64_t magnitude = source.one_in(4) ? limit : source.between(0, limit);
    terms.push_back(static_cast<std::int32_t>(sign * magnitude));
  }
  return terms;
}

TEST(Accumulator, WeightedRandomSequencesEqualTheOracle) {
  Source source(71);
  for (const AccumulatorConfig& config : all_configs())
    for (const std::int32_t largest : {1, 49, 448, 960, 5000, 1 << 20})
      for (const std::size_t count : {0U, 1U, 63U, 64U, 65U, 700U})
        ASSERT_NO_FATAL_FAILURE(expect_equals_oracle(config, weighted_terms(source, count, largest)));
}

TEST(Accumulator, ExtremeTerms) {
  constexpr std::int32_t low = std::numeric_limits<std::int32_t>::min(),
                         high = std::numeric_limits<std::int32_t>::max();
  const Terms sequences[] = {{high, high, high},
                             {low, low, low},
                             {high, 1, low, -1},
                             {low, high, high, 1, 1, 1},
                             {65504, 15, 1, -65504},
                             {65504, 16, 100},
                             {65504, 65504, -100},
                             {40000, 40000, -40000},
                             {2048, 1, 1, 1},
                             {2049, 2, 4097},
                             {256, 1, -257, 513, 2},
                             {1 << 24, 1, 1, (1 << 24) + 1},
                             {-1, 1},
                             {-32768, 32767, 1, -2},
                             {32767, 1, -32768}};
  for (const AccumulatorConfig& config : all_configs())
    for (const Terms& terms : sequences) ASSERT_NO_FATAL_FAILURE(expect_equals_oracle(config, terms));
}

// Two chunks of opposite infinities: the outer sum has no value.
TEST(Accumulator, OverflowingChunks) {
  const Terms terms{60000, 60000, -60000, -60000, 5};
  const AccumulatorConfig config{.kind = AccumulatorKind::chunk, .chunk_length = 2};
  EXPECT_TRUE(std::isnan(luqsim::accumulated(config, sum_of(config, terms))));
  ASSERT_NO_FATAL_FAILURE(expect_equals_oracle(config, terms));
  ASSERT_NO_FATAL_FAILURE(expect_equals_oracle(config, {60000, 60000, 3}));
}

TEST(Accumulator, OverflowsAreCountedPerAddition) {
  const AccumulatorConfig wrap{.kind = AccumulatorKind::int16}, saturate{AccumulatorKind::int16, Overflow::saturate};
  const Terms terms{32767, 1, 1, -3, 100};
  EXPECT_EQ(luqsim::accumulated(wrap, sum_of(wrap, terms)), 32767 + 1 + 1 - 3 + 100 - 65536);
  EXPECT_EQ(sum_of(wrap, terms).overflows, 3U);  // above, below again, above again
  EXPECT_EQ(luqsim::accumulated(saturate, sum_of(saturate, terms)), 32767);
  EXPECT_EQ(sum_of(saturate, terms).overflows, 3U);
}

// `count` terms whose magnitudes are at most `largest` and whose sum has the magnitude `total`.
Terms spread(std::uint64_t count, std::int64_t largest, std::int64_t total) {
  Terms terms;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::int64_t term = std::min(largest, total);
    terms.push_back(static_cast<std::int32_t>(term));
    total -= term;
  }
  return terms;
}

TEST(Accumulator, SumsAreExactUpToExactTermsAndNotBeyond) {
  for (const AccumulatorConfig& config : all_configs())
    for (const std::int64_t product : {1, 3, 49, 448, 960}) {
      const std::uint64_t count = luqsim::exact_terms(config, static_cast<std::uint32_t>(product));
      if (count > 6'000'000) continue;
      SCOPED_TRACE(testing::Message() << luqsim::name_of(config.kind) << " " << product << " " << count);
      const auto terms = static_cast<std::int64_t>(count);
      for (const std::int64_t sign : {1, -1}) {
        const AccumulatorState state = sum_of(config, Terms(count, static_cast<std::int32_t>(sign * product)));
        ASSERT_EQ(luqsim::accumulated(config, state), static_cast<float>(sign * terms * product));
        ASSERT_EQ(state.overflows, 0U);
      }
      // The first sum that cannot be held: beyond the integer's range, or one more than the significand's.
      const int bits = is_integer(config.kind)                ? luqsim::integer_bits(config.kind) - 1
                       : config.kind == AccumulatorKind::fp32 ? 24
                       : config.kind == AccumulatorKind::bf16 ? 8
                                                              : 11;
      const std::int64_t broken = (std::int64_t{1} << bits) + (is_integer(config.kind) ? 0 : 1);
      if (broken > (terms + 1) * product || broken <= product) continue;
      const AccumulatorState state = sum_of(config, spread(count + 1, product, broken));
      if (is_integer(config.kind)) {
        ASSERT_EQ(state.overflows, 1U);
      } else {
        ASSERT_NE(static_cast<double>(luqsim::accumulated(config, state)), static_cast<double>(broken));
      }
    }
}

TEST(Accumulator, ExactTermsOfTheDesignsInUse) {
  EXPECT_EQ(luqsim::exact_terms({.kind = AccumulatorKind::int16}, 448), 73U);
  EXPECT_EQ(luqsim::exact_terms({.kind = AccumulatorKind::int24}, 448), 18724U);
  EXPECT_EQ(luqsim::exact_terms({.kind = AccumulatorKind::int32}, 960), 2236962U);
  EXPECT_EQ(luqsim::exact_terms({.kind = AccumulatorKind::fp32}, 448), 37449U);
  EXPECT_EQ(luqsim::exact_terms({.kind = AccumulatorKind::fp16}, 448), 4U);
  EXPECT_EQ(luqsim::exact_terms({.kind = AccumulatorKind::bf16}, 447), 0U);  // 447 needs nine bits
  EXPECT_THROW((void)luqsim::exact_terms({.kind = AccumulatorKind::int16}, 0), std::invalid_argument);
}

RC_GTEST_PROP(Accumulator, SplitCallsEqualOne, ()) {
  const std::vector<AccumulatorConfig> configs = all_configs();
  const AccumulatorConfig config = configs[*rc::gen::inRange<std::size_t>(0, configs.size())];
  const auto count = *rc::gen::inRange<std::size_t>(0, 300), cut = *rc::gen::inRange<std::size_t>(0, count + 1);
  Source source(*rc::gen::arbitrary<std::uint64_t>());
  const Terms terms = weighted_terms(source, count, 960);
  const AccumulatorState whole = sum_of(config, terms);
  AccumulatorState parts;
  luqsim::accumulate(config, std::span(terms).first(cut), parts);
  luqsim::accumulate(config, std::span(terms).subspan(cut), parts);
  RC_ASSERT(luqsim::accumulated(config, parts) == luqsim::accumulated(config, whole));
  RC_ASSERT(parts.overflows == whole.overflows);
}

}  // namespace

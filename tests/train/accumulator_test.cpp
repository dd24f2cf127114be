// Sums of whole rows equal those of one accumulator at a time (numerics/accumulator.h), and what they do to a run.
#include <cstring>
#include <random>

#include <gtest/gtest.h>

#include "cpu_accumulator.h"
#include "small_set.h"

namespace luqsim {
namespace {

using train::AccumulatedSums;
using train::Options;
using train::Scheme;

constexpr std::size_t rows = 3;

std::vector<std::int8_t> random_codes(std::mt19937& random, std::size_t count, int largest, bool one_sign) {
  std::uniform_int_distribution<int> value(one_sign ? largest / 2 : -largest, largest);
  std::vector<std::int8_t> codes(count);
  for (std::int8_t& c : codes) c = static_cast<std::int8_t>(value(random));
  return codes;
}

struct Sums {
  std::vector<float> actual, expected;
};

// Two samples, of `k` terms each.
Sums sums(AccumulatorKind kind, std::size_t k, std::size_t cols, bool one_sign) {
  std::mt19937 random(static_cast<unsigned>(k + cols));
  AccumulatedSums actual(kind, rows, cols);
  const AccumulatorConfig config{.kind = kind};
  std::vector<AccumulatorState> states(rows * cols);
  for (int sample = 0; sample < 2; ++sample) {
    const auto a = random_codes(random, rows * k, 15, one_sign), b = random_codes(random, k * cols, 64, one_sign);
    actual.add(a, b, k);
    for (std::size_t i = 0; i < rows; ++i)
      for (std::size_t j = 0; j < cols; ++j) {
        std::vector<std::int32_t> terms(k);
        for (std::size_t t = 0; t < k; ++t) terms[t] = a[i * k + t] * b[t * cols + j];
        accumulate(config, terms, states[i * cols + j]);
      }
  }
  Sums result{actual.values(), {}};
  for (const AccumulatorState& s : states) result.expected.push_back(accumulated(config, s));
  return result;
}

class Accumulators : public testing::TestWithParam<AccumulatorKind> {};

TEST_P(Accumulators, EqualThoseOfNumerics) {
  for (const std::size_t k : {1U, 31U, 64U, 100U, 1000U})
    for (const std::size_t cols : {1U, 16U, 70U, 129U})
      for (const bool one_sign : {false, true}) {
        const Sums s = sums(GetParam(), k, cols, one_sign);
        ASSERT_EQ(s.actual.size(), s.expected.size());
        EXPECT_EQ(std::memcmp(s.actual.data(), s.expected.data(), s.actual.size() * sizeof(float)), 0)
            << "k " << k << ", cols " << cols;
      }
}

INSTANTIATE_TEST_SUITE_P(Kinds, Accumulators,
                         testing::Values(AccumulatorKind::int16, AccumulatorKind::int20, AccumulatorKind::int24,
                                         AccumulatorKind::int32, AccumulatorKind::fp32, AccumulatorKind::bf16,
                                         AccumulatorKind::fp16, AccumulatorKind::chunk),
                         [](const auto& info) { return std::string(name_of(info.param)); });

std::uint32_t weights(const Options& options, std::optional<AccumulatorKind> accumulator) {
  const auto backend = train::make_cpu_backend(accumulator);
  return train::train(*backend, options, Scheme::luq, test::set_for(options.network), nullptr, {}).weights_crc;
}

TEST(AccumulatorRuns, WideOnesAreExact) {
  for (const Options& options : {test::small_mlp(), test::small_cnn(), test::small_gpt()})
    for (const AccumulatorKind kind : {AccumulatorKind::int32, AccumulatorKind::int24, AccumulatorKind::fp32})
      EXPECT_EQ(weights(options, kind), weights(options, {})) << name_of(kind);
}

TEST(AccumulatorRuns, NarrowOnesAreNot) {
  Options options = test::small_cnn();
  EXPECT_EQ(weights(options, AccumulatorKind::int16), weights(options, {}));
  options.batch = 1000;  // wgrad sums over 64,000 positions, of activations that are never negative
  options.activation = Format::uint4;
  EXPECT_NE(weights(options, AccumulatorKind::int16), weights(options, {}));
  EXPECT_NE(weights(test::small_mlp(), AccumulatorKind::fp16), weights(test::small_mlp(), {}));
}

}  // namespace
}  // namespace luqsim

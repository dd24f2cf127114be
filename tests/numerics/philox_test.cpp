#include "luqsim/numerics/philox.h"

#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

#include "oracle/philox.h"
#include "philox_known_answers.h"
#include "philox_paths.h"
#include "sampling.h"

namespace {

using luqsim::PhiloxPath;
using luqsim::RandomStream;
using Counter = std::array<std::uint32_t, 4>;
using Key = std::array<std::uint32_t, 2>;

oracle::Stream oracle_stream(const RandomStream& s) { return {s.seed, s.tensor, s.step, s.sample}; }

const RandomStream streams[] = {
    {},
    {.seed = 1, .tensor = 2, .step = 3, .sample = 4},
    {.seed = 0x123456789ABCDEF0, .tensor = 0xFFFFFFFF, .step = 0xFFFFFF, .sample = 0xFF},
    {.seed = std::uint64_t{1} << 32, .tensor = 1U << 31, .step = 256, .sample = 1},
};
constexpr std::uint64_t blocks[] = {0, 1, 63, 64, 0xFFFFFFFF, 0x100000000, 0x123456789AB, 0x1FFFFFFFFFFFFFFF};

TEST(Philox, KnownAnswersOfRandom123) {
  for (const auto& v : luqsim::test::philox_known_answers) {
    EXPECT_EQ(luqsim::philox4x32_10(v.counter, v.key), v.answer);
    const oracle::Words4 model =
        oracle::philox4x32_10({v.counter[0], v.counter[1], v.counter[2], v.counter[3]}, {v.key[0], v.key[1]});
    EXPECT_EQ(model, (oracle::Words4{v.answer[0], v.answer[1], v.answer[2], v.answer[3]}));
  }
}

TEST(Philox, RandomCountersAgreeWithTheModel) {
  sampling::Source source(21);
  const auto word = [&] { return static_cast<std::uint32_t>(source.bits()); };
  for (int i = 0; i < 10000; ++i) {
    const Counter c{word(), word(), word(), word()};
    const Key k{word(), word()};
    const oracle::Words4 expected = oracle::philox4x32_10({c[0], c[1], c[2], c[3]}, {k[0], k[1]});
    const Counter actual = luqsim::philox4x32_10(c, k);
    for (std::size_t w = 0; w < 4; ++w) ASSERT_EQ(actual[w], expected[w]);
  }
}

TEST(RandomStream, CounterHoldsBlockTensorStepAndSample) {
  for (const RandomStream& s : streams)
    for (const std::uint64_t block : blocks) {
      const Counter words =
          luqsim::philox4x32_10({static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32), s.tensor,
                                 s.step * 256 + s.sample},
                                {static_cast<std::uint32_t>(s.seed), static_cast<std::uint32_t>(s.seed >> 32)});
      const auto lanes = luqsim::random_block(s, block);
      for (std::size_t j = 0; j < 8; ++j) {
        EXPECT_EQ(lanes[j], (j % 2 == 0 ? words[j / 2] & 0xFFFF : words[j / 2] >> 16));
        EXPECT_EQ(lanes[j], luqsim::random_lane(s, block * 8 + j));
        EXPECT_EQ(lanes[j], oracle::random16(oracle_stream(s), block * 8 + j));
      }
    }
}

// `fill(stream, first, out)`.
template <class Fill>
void expect_the_lanes_of_each_element(Fill fill) {
  for (const RandomStream& s : streams)
    for (const std::uint64_t block : blocks)
      for (const std::size_t size : {0U, 1U, 7U, 8U, 9U, 511U, 512U, 513U, 1500U}) {
        if (block > blocks[6] && size > 8) continue;  // elements beyond 2^64 do not exist
        std::vector<std::uint16_t> lanes(size + 1, 0xABCD);
        fill(s, block * 8, std::span(lanes.data(), size));
        EXPECT_EQ(lanes[size], 0xABCD) << "wrote past the end";
        for (std::size_t i = 0; i < size; ++i)
          ASSERT_EQ(lanes[i], oracle::random16(oracle_stream(s), block * 8 + i)) << block << " + " << i;
      }
}

void fill_by(PhiloxPath path) {
  expect_the_lanes_of_each_element([path](const RandomStream& s, std::uint64_t first, std::span<std::uint16_t> out) {
    luqsim::fill_random_lanes(path, s, first, out);
  });
}

TEST(RandomStream, FillGivesTheLanesOfEachElement) {
  expect_the_lanes_of_each_element([](const RandomStream& s, std::uint64_t first, std::span<std::uint16_t> out) {
    luqsim::fill_random_lanes(s, first, out);
  });
}

// Whichever the one before took.
TEST(RandomStream, FillByThePortablePath) { fill_by(PhiloxPath::portable); }
TEST(RandomStream, FillByAvx512) {
  if (!luqsim::has_path(PhiloxPath::avx512)) GTEST_SKIP() << "this processor has no AVX-512";
  fill_by(PhiloxPath::avx512);
}

TEST(RandomStream, EveryFieldSelectsAnotherSequence) {
  const RandomStream base = streams[1];
  RandomStream changed[] = {base, base, base, base, base};
  changed[0].seed += 1;
  changed[1].seed += std::uint64_t{1} << 32;
  changed[2].tensor += 1;
  changed[3].step += 1;
  changed[4].sample += 1;
  for (const RandomStream& s : changed) EXPECT_NE(luqsim::random_block(s, 5), luqsim::random_block(base, 5));
}

TEST(RandomStream, StepAndSampleOutOfRangeThrow) {
  std::uint16_t lane[8];
  for (const RandomStream& s : {RandomStream{.step = 1U << 24}, RandomStream{.sample = 256}}) {
    EXPECT_THROW(luqsim::random_block(s, 0), std::out_of_range);
    EXPECT_THROW(luqsim::random_lane(s, 0), std::out_of_range);
    EXPECT_THROW(luqsim::fill_random_lanes(s, 0, lane), std::out_of_range);
  }
  EXPECT_NO_THROW(luqsim::random_block({.step = (1U << 24) - 1, .sample = 255}, 0));
  for (const std::uint64_t first : {1U, 4U, 7U, 9U})
    EXPECT_THROW(luqsim::fill_random_lanes({}, first, lane), std::invalid_argument);
}

}  // namespace

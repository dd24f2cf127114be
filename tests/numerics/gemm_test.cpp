#include "luqsim/numerics/gemm.h"

#include <bit>
#include <cmath>
#include <limits>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "oracle/gemm.h"
#include "sampling.h"

namespace {

using luqsim::Accumulate;
using luqsim::Int8Matrix;
using sampling::Source;

// A matrix as the GEMM sees it, and the same in memory: perhaps transposed, perhaps with unused columns.
struct Operand {
  oracle::Matrix values;
  std::vector<std::int8_t> memory;
  Int8Matrix view;
};

template <class Value>
Operand make_operand(std::size_t rows, std::size_t cols, bool transposed, std::size_t unused, Value value) {
  Operand o;
  o.values.assign(rows, std::vector<int>(cols));
  const std::size_t stride = (transposed ? rows : cols) + unused;
  o.memory.assign(stride * (transposed ? cols : rows) + 1, 77);
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < cols; ++j) {
      o.values[i][j] = value();
      o.memory[transposed ? j * stride + i : i * stride + j] = static_cast<std::int8_t>(o.values[i][j]);
    }
  o.view = {nullptr, rows, cols, stride, transposed};
  return o;
}
Int8Matrix view_of(const Operand& o) {
  Int8Matrix view = o.view;
  view.data = o.memory.data();
  return view;
}

int random_int4(Source& source) { return static_cast<int>(source.between(-8, 7)); }
int random_uint4(Source& source) { return static_cast<int>(source.between(0, 15)); }
int random_fp4(Source& source) {
  const int e = static_cast<int>(source.below(8)), magnitude = e == 0 ? 0 : 1 << (e - 1);
  return source.one_in(2) ? magnitude : -magnitude;
}

// The first element of which the library, its loops and the oracle do not agree, in words.
std::optional<std::string> first_difference(const Operand& a, const Operand& b, Accumulate accumulate, Source& source) {
  const std::size_t rows = a.view.rows, cols = b.view.cols;
  std::vector<std::int32_t> initial(rows * cols);
  for (std::int32_t& v : initial) v = static_cast<std::int32_t>(source.between(-1000000, 1000000));
  std::vector<std::int32_t> fast = initial, loops = initial;
  luqsim::gemm_s8s8s32(view_of(a), view_of(b), fast, accumulate);
  luqsim::gemm_s8s8s32_loops(view_of(a), view_of(b), loops, accumulate);
  const auto expected = oracle::multiply(a.values, b.values);
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t j = 0; j < cols; ++j) {
      const oracle::Integer sum = expected[i][j] + (accumulate == Accumulate::add ? initial[i * cols + j] : 0);
      const std::int32_t seen = fast[i * cols + j], seen_by_loops = loops[i * cols + j];
      if (oracle::Integer(seen) == sum && seen_by_loops == seen) continue;
      std::ostringstream text;
      text << "element " << i << ", " << j << ": " << seen << ", by loops " << seen_by_loops << ", wanted " << sum;
      return text.str();
    }
  return std::nullopt;
}

TEST(Gemm, EdgeShapesInEveryLayout) {
  Source source(61);
  const std::size_t sizes[] = {1, 2, 3, 15, 16, 17, 33};
  for (const std::size_t m : sizes)
    for (const std::size_t n : sizes)
      for (const std::size_t k : {1U, 4U, 7U, 64U, 65U})
        for (unsigned layout = 0; layout < 8; ++layout) {
          const Operand a = make_operand(m, k, (layout & 1) != 0, m % 3, [&] { return random_uint4(source); });
          const Operand b = make_operand(k, n, (layout & 2) != 0, n % 2, [&] { return random_fp4(source); });
          const auto accumulate = (layout & 4) != 0 ? Accumulate::add : Accumulate::overwrite;
          ASSERT_EQ(first_difference(a, b, accumulate, source), std::nullopt) << m << " " << n << " " << k;
        }
}

RC_GTEST_PROP(Gemm, RandomShapesAndOperands, ()) {
  const auto m = *rc::gen::inRange<std::size_t>(1, 40), n = *rc::gen::inRange<std::size_t>(1, 40);
  const auto k = *rc::gen::inRange<std::size_t>(1, 300);
  const auto layout = *rc::gen::inRange(0U, 8U);
  Source source(*rc::gen::arbitrary<std::uint64_t>());
  const Operand a = make_operand(m, k, (layout & 1) != 0, source.below(5), [&] { return random_fp4(source); });
  const Operand b = make_operand(k, n, (layout & 2) != 0, source.below(5), [&] { return random_int4(source); });
  const auto accumulate = (layout & 4) != 0 ? Accumulate::add : Accumulate::overwrite;
  if (const auto difference = first_difference(a, b, accumulate, source)) RC_FAIL(*difference);
}

// The largest products, all of one sign: the sums that would overflow first.
TEST(Gemm, ExtremeValuesOverALongSum) {
  Source source(62);
  for (const auto& [x, y] : {std::pair{64, 15}, {-64, 15}, {15, -64}, {-64, -8}, {15, 7}, {64, -7}})
    for (const std::size_t k : {1000U, 70000U}) {
      const Operand a = make_operand(2, k, k == 1000, 0, [x = x] { return x; });
      const Operand b = make_operand(k, 3, k == 1000, 1, [y = y] { return y; });
      ASSERT_EQ(first_difference(a, b, Accumulate::overwrite, source), std::nullopt) << x << " " << y << " " << k;
      std::vector<std::int32_t> c(6);
      luqsim::gemm_s8s8s32(view_of(a), view_of(b), c);
      EXPECT_EQ(c[5], x * y * static_cast<int>(k));
    }
}

TEST(Gemm, EmptySumsAreZeroOrLeaveTheOutput) {
  std::vector<std::int32_t> c{5, 6};
  const std::int8_t none = 0;
  const Int8Matrix a{&none, 1, 0, 1}, b{&none, 0, 2, 2};
  luqsim::gemm_s8s8s32(a, b, c, Accumulate::add);
  EXPECT_EQ(c, (std::vector<std::int32_t>{5, 6}));
  luqsim::gemm_s8s8s32(a, b, c);
  EXPECT_EQ(c, (std::vector<std::int32_t>{0, 0}));
  luqsim::gemm_s8s8s32({&none, 0, 4, 4}, {&none, 4, 2, 2}, {});
}

TEST(Gemm, RejectsDisagreeingShapesAndInexactSums) {
  const std::vector<std::int8_t> data(16, 1);
  std::vector<std::int32_t> c(4);
  const auto both_throw = [&](const Int8Matrix& a, const Int8Matrix& b, std::span<std::int32_t> out) {
    EXPECT_THROW(luqsim::gemm_s8s8s32(a, b, out), std::invalid_argument);
    EXPECT_THROW(luqsim::gemm_s8s8s32_loops(a, b, out), std::invalid_argument);
  };
  both_throw({data.data(), 2, 3, 3}, {data.data(), 4, 2, 2}, c);
  both_throw({data.data(), 2, 3, 3}, {data.data(), 3, 2, 2}, std::span(c).first(3));
  both_throw({data.data(), 2, luqsim::max_exact_k, luqsim::max_exact_k}, {data.data(), luqsim::max_exact_k, 2, 2}, c);
}

// The documented limit: 960 * (2^21 - 1) fits int32 and the next K would still fit, but 1024 * 2^21 is 2^31.
TEST(Gemm, LongestExactSum) {
  const std::size_t k = luqsim::max_exact_k - 1;
  const Operand a = make_operand(1, k, false, 0, [] { return 15; });
  const Operand b = make_operand(k, 1, false, 0, [] { return -64; });
  std::vector<std::int32_t> c(1);
  luqsim::gemm_s8s8s32(view_of(a), view_of(b), c);
  EXPECT_EQ(c[0], -960 * static_cast<int>(k));
}

TEST(Output, ScaleAndOutputRoundAsTheOracle) {
  Source source(63);
  for (int i = 0; i < 20000; ++i) {
    const float a = std::fabs(source.float_near(1.0F, i % 2 == 0 ? 6 : 60)), b = std::fabs(source.float_near(1.0F, 60));
    const auto samples = static_cast<std::uint32_t>(i % 3 == 0 ? source.between(1, 255) : 1);
    const float scale = luqsim::output_scale(a, b, samples);
    std::vector<std::int64_t> wide{source.between(-2000000000, 2000000000),
                                   source.between(-(std::int64_t{1} << 54), std::int64_t{1} << 54), (1 << 24) + 1, 0};
    const std::vector<std::int32_t> narrow{static_cast<std::int32_t>(wide[0]), (1 << 24) + 1, -((1 << 25) + 2),
                                           std::numeric_limits<std::int32_t>::min()};
    std::vector<float> out(4);
    luqsim::scale_output(wide, scale, out);
    for (std::size_t j = 0; j < 4; ++j)
      ASSERT_EQ(std::bit_cast<std::uint32_t>(out[j]),
                std::bit_cast<std::uint32_t>(oracle::output(wide[j], a, b, samples)));
    luqsim::scale_output(narrow, scale, out);
    for (std::size_t j = 0; j < 4; ++j)
      ASSERT_EQ(std::bit_cast<std::uint32_t>(out[j]),
                std::bit_cast<std::uint32_t>(oracle::output(narrow[j], a, b, samples)));
  }
}

TEST(Output, UnderflowAndOverflowOfTheScaledSum) {
  std::vector<float> out(2);
  luqsim::scale_output(std::vector<std::int32_t>{3, -3}, luqsim::output_scale(0x1p-100F, 0x1p-48F), out);
  EXPECT_EQ(out[0], oracle::output(3, 0x1p-100F, 0x1p-48F, 1));
  EXPECT_EQ(out[1], -out[0]);
  luqsim::scale_output(std::vector<std::int32_t>{1 << 20, -(1 << 20)}, luqsim::output_scale(0x1p60F, 0x1p60F), out);
  EXPECT_EQ(out, (std::vector<float>{std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity()}));
}

}  // namespace

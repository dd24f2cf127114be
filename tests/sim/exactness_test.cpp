// Where sums stop being exact, against closed forms.
#include "exactness.h"

#include <gtest/gtest.h>

namespace luqsim {
namespace {

// Every element of A is `a_code` (fp4_e3m0), every one of B `b_code` (int4).
class ConstantGemm {
 public:
  ConstantGemm(std::uint64_t m, std::uint64_t n, std::uint64_t k, unsigned a_code, unsigned b_code)
      : a_(m * ((k + 1) / 2), twice(a_code)), b_(k * ((n + 1) / 2), twice(b_code)) {
    record_.m = m, record_.n = n, record_.k = k;
    record_.pass = Pass::dgrad;
    record_.a = {.format = Format::fp4_e3m0, .rows = m, .cols = k};
    record_.b = {.rows = k, .cols = n};
  }

  std::uint64_t first_inexact_k(const ArrayConfig& array, std::size_t samples = 1) const {
    const CodeView a{record_.a.format, record_.m, record_.k, a_}, b{record_.b.format, record_.k, record_.n, b_};
    return luqsim::first_inexact_k(array, record_, std::vector<CodeView>(samples, a), {b});
  }

  void set_a(std::uint64_t row, std::uint64_t k, unsigned code) {
    std::uint8_t& byte = a_[row * ((record_.k + 1) / 2) + k / 2];
    byte = static_cast<std::uint8_t>(k % 2 == 0 ? (byte & 0xF0) | code : (byte & 0x0F) | (code << 4));
  }

 private:
  static std::uint8_t twice(unsigned code) { return static_cast<std::uint8_t>(code | code << 4); }

  Record record_;
  std::vector<std::uint8_t> a_, b_;
};

ArrayConfig array_of(AccumulatorKind kind, std::uint32_t lanes = 1, Overflow overflow = Overflow::wrap) {
  ArrayConfig array;
  array.lanes = lanes;
  array.accumulator = {.kind = kind, .overflow = overflow};
  return array;
}

constexpr unsigned largest = 7;  // 64 as fp4_e3m0, 7 as int4: products of 448

TEST(FirstInexactK, IntegersOverflowAtTheirWidth) {
  for (const Overflow overflow : {Overflow::wrap, Overflow::saturate}) {
    const ArrayConfig array = array_of(AccumulatorKind::int16, 1, overflow);  // 73 * 448 <= 32767 < 74 * 448
    EXPECT_EQ(ConstantGemm(2, 3, 73, largest, largest).first_inexact_k(array), 0U);
    EXPECT_EQ(ConstantGemm(2, 3, 74, largest, largest).first_inexact_k(array), 74U);
    EXPECT_EQ(ConstantGemm(2, 3, 200, largest, largest).first_inexact_k(array), 74U);
  }
  EXPECT_EQ(ConstantGemm(1, 1, 18724, largest, largest).first_inexact_k(array_of(AccumulatorKind::int24)), 0U);
  EXPECT_EQ(ConstantGemm(1, 1, 18730, largest, largest).first_inexact_k(array_of(AccumulatorKind::int24)), 18725U);
  EXPECT_EQ(ConstantGemm(1, 1, 18730, largest, largest).first_inexact_k(array_of(AccumulatorKind::int32)), 0U);
}

TEST(FirstInexactK, LanesAreSummedFirst) {
  EXPECT_EQ(ConstantGemm(1, 1, 200, largest, largest).first_inexact_k(array_of(AccumulatorKind::int16, 4)), 76U);
  EXPECT_EQ(ConstantGemm(1, 1, 74, largest, largest).first_inexact_k(array_of(AccumulatorKind::int16, 64)), 74U);
}

TEST(FirstInexactK, SamplesFollowOneAnother) {
  const ConstantGemm gemm(1, 2, 40, largest, largest);
  EXPECT_EQ(gemm.first_inexact_k(array_of(AccumulatorKind::int16), 1), 0U);
  EXPECT_EQ(gemm.first_inexact_k(array_of(AccumulatorKind::int16), 2), 74U);
}

TEST(FirstInexactK, FloatsRoundOrOverflow) {
  // 146 * 448 = 65408 is a fp16 number, 147 * 448 rounds to infinity.
  EXPECT_EQ(ConstantGemm(1, 1, 300, largest, largest).first_inexact_k(array_of(AccumulatorKind::fp16)), 147U);
  // Multiples of 3 up to 256 are bf16 numbers, of those above only multiples of 6: 258 is one, 261 is not.
  EXPECT_EQ(ConstantGemm(1, 1, 300, 1, 3).first_inexact_k(array_of(AccumulatorKind::bf16)), 87U);
}

TEST(FirstInexactK, IsThatOfTheElementWhichDeviatesFirst) {
  ConstantGemm gemm(3, 1, 200, 0, largest);
  for (std::uint64_t k = 60; k < 140; ++k) gemm.set_a(1, k, largest);
  for (std::uint64_t k = 100; k < 200; ++k) gemm.set_a(0, k, largest);
  for (std::uint64_t k = 30; k < 102; ++k) gemm.set_a(2, k, largest);
  EXPECT_EQ(gemm.first_inexact_k(array_of(AccumulatorKind::int16)), 134U);
  gemm.set_a(2, 20, largest);
  gemm.set_a(2, 21, largest);
  EXPECT_EQ(gemm.first_inexact_k(array_of(AccumulatorKind::int16)), 102U);
}

TEST(FirstInexactK, ASumThatComesBackWasStillInexact) {
  ConstantGemm gemm(1, 1, 160, largest, largest);
  for (std::uint64_t k = 80; k < 160; ++k) gemm.set_a(0, k, largest | 8);  // back to 0, as wrapping does
  EXPECT_EQ(gemm.first_inexact_k(array_of(AccumulatorKind::int16)), 74U);
}

}  // namespace
}  // namespace luqsim

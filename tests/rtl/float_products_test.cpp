// Products of floating-point codes: 4 and 8 bits every pair, bf16 and binary32 random pairs weighted to the edges.
#include <bit>
#include <cmath>

#include "luqsim/numerics/format.h"

#include "Vbf16_mul.h"
#include "Ve2m1_mul.h"
#include "Ve4m3_mul.h"
#include "Vfp32_mul.h"
#include "Vfp_mul_5_10.h"
#include "every_pair.h"
#include "float_operation.h"
#include "lockstep.h"

namespace luqsim {
namespace {

using CodePort = sc_core::sc_signal<std::uint32_t>;

TEST(FloatProducts, E2m1) {
  test::every_pair<Ve2m1_mul>("e2m1_mul", test::ab_ports, 16, [](std::uint32_t i, std::uint32_t j) {
    const auto quarters = static_cast<std::int32_t>(4 * decode(Format::fp4_e2m1, i) * decode(Format::fp4_e2m1, j));
    return static_cast<std::uint32_t>(quarters) & 0x1FF;
  });
}

TEST(FloatProducts, E4m3) {
  fresh_context();
  CodePort a, b, exponent, significand;
  sc_core::sc_signal<bool> nan, sign;
  Ve4m3_mul block("block");
  block.a(a);
  block.b(b);
  block.nan(nan);
  block.sign(sign);
  block.exponent(exponent);
  block.significand(significand);
  // Value and sign as a binary64 code.
  test::Comparison comparison("e4m3_mul");
  test::Driver driver("driver", [&] {
    for (std::uint32_t i = 0; i < 256; ++i)
      for (std::uint32_t j = 0; j < 256; ++j) {
        a.write(i);
        b.write(j);
        test::settle();
        const double expected = decode(Format::fp8_e4m3, i) * decode(Format::fp8_e4m3, j);
        const double magnitude = std::ldexp(significand.read(), static_cast<int>(exponent.read()) - 20);
        const double got = nan.read() ? NAN : sign.read() ? -magnitude : magnitude;
        const auto code = [](double v) { return std::bit_cast<std::uint64_t>(std::isnan(v) ? NAN : v); };
        comparison.check(code(expected), code(got), [&] { return fmt::format("a={:#04x} b={:#04x}", i, j); });
      }
  });
  run_to_the_end();
  EXPECT_EQ(comparison.vectors(), 65536U);
}

template <class Block, class Expected>
void multiply(const std::string& name, Format format, Expected expected) {
  test::compare_floats<Block>(
      name, format, 1, [](Block& block, auto& product) { block.product(product); }, &test::FloatCodes::factor,
      expected);
}

// The product of two of these is exact in binary64, subnormals included; encode rounds it once.
template <class Block>
void multiply_half(const std::string& name, Format format) {
  multiply<Block>(name, format, [format](std::uint32_t a, std::uint32_t b) {
    return encode(format, decode(format, a) * decode(format, b));
  });
}

TEST(FloatProducts, Bf16) { multiply_half<Vbf16_mul>("bf16_mul", Format::bf16); }
TEST(FloatProducts, Fp16) { multiply_half<Vfp_mul_5_10>("fp_mul_5_10", Format::fp16); }

TEST(FloatProducts, Fp32) {
  multiply<Vfp32_mul>("fp32_mul", Format::fp32, [](std::uint32_t a, std::uint32_t b) {
    const float product = std::bit_cast<float>(a) * std::bit_cast<float>(b);
    return std::isnan(product) ? 0x7FC00000U : std::bit_cast<std::uint32_t>(product);
  });
}

}  // namespace
}  // namespace luqsim

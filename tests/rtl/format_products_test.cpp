// The products of FP8, INT4 by FP8 and radix-4 FP4, every pair of codes; bf16 into binary32, random pairs
// weighted to the edges.
#include "luqsim/numerics/format.h"
#include "luqsim/numerics/radix4.h"

#include "Vbf16_fp32_mul.h"
#include "Vfp8_mul.h"
#include "Vfp8_mul_5_10.h"
#include "Vint4_fp8_mul.h"
#include "Vint4_fp8_mul_5_10.h"
#include "Vradix4_mul.h"
#include "Vradix4_mul_5_10.h"
#include "Vradix4_mul_8_23.h"
#include "float_operation.h"
#include "lockstep.h"

namespace luqsim {
namespace {

using CodePort = sc_core::sc_signal<std::uint32_t>;
using BitPort = sc_core::sc_signal<bool>;

Format fp8(bool e5m2) { return e5m2 ? Format::fp8_e5m2 : Format::fp8_e4m3; }

// `as_code` makes what the block shows of an integer.
template <class Block, class AsCode>
void radix4(const std::string& name, AsCode as_code) {
  fresh_context();
  CodePort a, g, product;
  BitPort phase;
  Block block("block");
  block.a(a);
  block.g(g);
  block.phase(phase);
  block.product(product);
  test::Comparison comparison(name);
  test::Driver driver("driver", [&] {
    for (const Radix4Phase p : {Radix4Phase::even, Radix4Phase::odd})
      for (std::uint8_t i = 0; i < 16; ++i)
        for (std::uint8_t j = 0; j < 16; ++j) {
          a.write(i);
          g.write(j);
          phase.write(p == Radix4Phase::odd);
          test::settle();
          comparison.check(as_code(radix4_product(Format::int4, i, p, j)), product.read(),
                           [&] { return fmt::format("a={:#x} g={:#x} {}", i, j, name_of(p)); });
        }
  });
  run_to_the_end();
  EXPECT_EQ(comparison.vectors(), 512U);
}

TEST(FormatProducts, Radix4) {
  radix4<Vradix4_mul>("radix4_mul", [](std::int32_t v) { return static_cast<std::uint32_t>(v) & 0x3FFFF; });
  radix4<Vradix4_mul_8_23>("radix4_mul_8_23", [](std::int32_t v) { return encode(Format::fp32, v); });
  radix4<Vradix4_mul_5_10>("radix4_mul_5_10", [](std::int32_t v) { return encode(Format::fp16, v); });
}

template <class Block>
void int4_fp8(const std::string& name, Format result) {
  fresh_context();
  CodePort a, b, product;
  BitPort e5m2;
  Block block("block");
  block.a(a);
  block.e5m2(e5m2);
  block.b(b);
  block.product(product);
  test::Comparison comparison(name);
  test::Driver driver("driver", [&] {
    for (const bool wide : {false, true})
      for (std::uint32_t i = 0; i < 16; ++i)
        for (std::uint32_t j = 0; j < 256; ++j) {
          a.write(i);
          e5m2.write(wide);
          b.write(j);
          test::settle();
          comparison.check(encode(result, decode(Format::int4, i) * decode(fp8(wide), j)), product.read(),
                           [&] { return fmt::format("a={:#x} e5m2={:d} b={:#04x}", i, wide, j); });
        }
  });
  run_to_the_end();
  EXPECT_EQ(comparison.vectors(), 8192U);
}

TEST(FormatProducts, Int4Fp8) {
  int4_fp8<Vint4_fp8_mul>("int4_fp8_mul", Format::fp32);
  int4_fp8<Vint4_fp8_mul_5_10>("int4_fp8_mul_5_10", Format::fp16);
}

template <class Block>
void fp8_fp8(const std::string& name, Format result) {
  fresh_context();
  CodePort a, b, product;
  BitPort a_e5m2, b_e5m2;
  Block block("block");
  block.a_e5m2(a_e5m2);
  block.a(a);
  block.b_e5m2(b_e5m2);
  block.b(b);
  block.product(product);
  test::Comparison comparison(name);
  test::Driver driver("driver", [&] {
    for (const bool a_wide : {false, true})
      for (const bool b_wide : {false, true})
        for (std::uint32_t i = 0; i < 256; ++i)
          for (std::uint32_t j = 0; j < 256; ++j) {
            a_e5m2.write(a_wide);
            b_e5m2.write(b_wide);
            a.write(i);
            b.write(j);
            test::settle();
            comparison.check(encode(result, decode(fp8(a_wide), i) * decode(fp8(b_wide), j)), product.read(), [&] {
              return fmt::format("a_e5m2={:d} a={:#04x} b_e5m2={:d} b={:#04x}", a_wide, i, b_wide, j);
            });
          }
  });
  run_to_the_end();
  EXPECT_EQ(comparison.vectors(), 4 * 65536U);
}

TEST(FormatProducts, Fp8) {
  fp8_fp8<Vfp8_mul>("fp8_mul", Format::fp32);
  fp8_fp8<Vfp8_mul_5_10>("fp8_mul_5_10", Format::fp16);
}

// Exact in binary64; encode rounds it once.
TEST(FormatProducts, Bf16IntoFp32) {
  test::compare_floats<Vbf16_fp32_mul>(
      "bf16_fp32_mul", Format::bf16, 5, [](auto& block, auto& product) { block.product(product); },
      &test::FloatCodes::factor,
      [](std::uint32_t a, std::uint32_t b) {
        return encode(Format::fp32, decode(Format::bf16, a) * decode(Format::bf16, b));
      });
}

}  // namespace
}  // namespace luqsim

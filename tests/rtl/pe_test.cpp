// Processing elements against the model's products and accumulators after every clock.
#include "luqsim/numerics/accumulator.h"
#include "luqsim/numerics/format.h"
#include "luqsim/numerics/product.h"

#include "Vdot_shift_16_24_0.h"
#include "Vdot_shift_4_16_1.h"
#include "Vpe_dual_16_0.h"
#include "Vpe_dual_24_1.h"
#include "Vpe_mac_0_16.h"
#include "Vpe_mac_0_5_10.h"
#include "Vpe_mac_0_5_10_64.h"
#include "Vpe_mac_0_8_23.h"
#include "Vpe_mac_1_16.h"
#include "Vpe_mac_1_24_1.h"
#include "Vpe_mac_1_5_10.h"
#include "Vpe_mac_1_5_10_7.h"
#include "Vpe_mac_1_8_23.h"
#include "Vpe_mac_2_16.h"
#include "Vpe_mac_2_5_10.h"
#include "Vpe_mac_2_5_10_64.h"
#include "Vpe_mac_2_8_23.h"
#include "Vpe_mac_3_16.h"
#include "Vpe_mac_3_5_10.h"
#include "Vpe_mac_3_5_10_64.h"
#include "Vpe_mac_3_8_23.h"
#include "Vpe_mac_3_8_7.h"
#include "lockstep.h"
#include "processing_element.h"
#include "runs.h"

namespace luqsim {
namespace {

constexpr int clocks = 500'000;

// Of 4 bits; the long runs overflow 24.
test::Operands codes() { return {4, 4, 4, {.one_in = 100, .inputs = 30000}}; }

std::int32_t product_of(const ProductTable& table, std::uint32_t a, std::uint32_t b) {
  return table(static_cast<std::uint8_t>(a), static_cast<std::uint8_t>(b));
}

constexpr AccumulatorConfig int16_wrap{.kind = AccumulatorKind::int16}, fp32{.kind = AccumulatorKind::fp32},
    fp16{.kind = AccumulatorKind::fp16}, bf16{.kind = AccumulatorKind::bf16},
    chunk64{.kind = AccumulatorKind::chunk, .chunk_length = 64},
    chunk7{.kind = AccumulatorKind::chunk, .chunk_length = 7},
    int16_saturate{.kind = AccumulatorKind::int16, .overflow = Overflow::saturate},
    int24_wrap{.kind = AccumulatorKind::int24},
    int24_saturate{.kind = AccumulatorKind::int24, .overflow = Overflow::saturate};

template <class Block>
void mac(const std::string& name, Product product, const AccumulatorConfig& config) {
  fresh_context();
  sc_core::sc_signal<std::uint32_t> a, b;
  test::Element<Block> element(name, config);
  element.block.a(a);
  element.block.b(b);
  const ProductTable table =
      make_product_table(product, Format::int4, product == Product::int4_mul ? Format::int4 : Format::fp4_e3m0);
  test::Driver driver("driver", [&] {
    test::Operands pairs = codes();
    for (int n = 0; n < clocks; ++n) {
      const bool stuck = element.infinite() && pairs.below(16) == 0;
      const bool clears = n == 0 || stuck || (pairs.starts_run() && pairs.below(4) == 0);
      const bool enables = pairs.below(16) != 0;
      pairs.next();
      a.write(pairs.a);
      b.write(pairs.b);
      element.clock(clears, enables, product_of(table, pairs.a, pairs.b),
                    [&] { return fmt::format("a={:#x} b={:#x}", pairs.a, pairs.b); });
    }
  });
  run_to_the_end();
  EXPECT_EQ(element.overflows > 0, integer_bits(config.kind) > 0);
}

TEST(PeMac, Int4Mul) {
  mac<Vpe_mac_0_16>("pe_mac_0_16", Product::int4_mul, int16_wrap);
  mac<Vpe_mac_0_8_23>("pe_mac_0_8_23", Product::int4_mul, fp32);
  mac<Vpe_mac_0_5_10>("pe_mac_0_5_10", Product::int4_mul, fp16);
}

TEST(PeMac, Shift) {
  mac<Vpe_mac_1_16>("pe_mac_1_16", Product::shift, int16_wrap);
  mac<Vpe_mac_1_24_1>("pe_mac_1_24_1", Product::shift, int24_saturate);
  mac<Vpe_mac_1_8_23>("pe_mac_1_8_23", Product::shift, fp32);
  mac<Vpe_mac_1_5_10>("pe_mac_1_5_10", Product::shift, fp16);
}

TEST(PeMac, Standard) {
  mac<Vpe_mac_2_16>("pe_mac_2_16", Product::fp7_mul, int16_wrap);
  mac<Vpe_mac_2_8_23>("pe_mac_2_8_23", Product::fp7_mul, fp32);
  mac<Vpe_mac_2_5_10>("pe_mac_2_5_10", Product::fp7_mul, fp16);
}

TEST(PeMac, MfBprop) {
  mac<Vpe_mac_3_16>("pe_mac_3_16", Product::mf_bprop, int16_wrap);
  mac<Vpe_mac_3_8_23>("pe_mac_3_8_23", Product::mf_bprop, fp32);
  mac<Vpe_mac_3_5_10>("pe_mac_3_5_10", Product::mf_bprop, fp16);
  mac<Vpe_mac_3_8_7>("pe_mac_3_8_7", Product::mf_bprop, bf16);
}

TEST(PeMac, Chunked) {
  mac<Vpe_mac_0_5_10_64>("pe_mac_0_5_10_64", Product::int4_mul, chunk64);
  mac<Vpe_mac_1_5_10_7>("pe_mac_1_5_10_7", Product::shift, chunk7);
  mac<Vpe_mac_2_5_10_64>("pe_mac_2_5_10_64", Product::fp7_mul, chunk64);
  mac<Vpe_mac_3_5_10_64>("pe_mac_3_5_10_64", Product::mf_bprop, chunk64);
}

// The mode changes at random within a sum.
template <class Block>
void dual(const std::string& name, const AccumulatorConfig& config) {
  fresh_context();
  sc_core::sc_signal<std::uint32_t> a, b;
  sc_core::sc_signal<bool> mode;
  test::Element<Block> element(name, config);
  element.block.a(a);
  element.block.b(b);
  element.block.mode(mode);
  const ProductTable tables[]{make_product_table(Product::int4_mul, Format::int4, Format::int4),
                              make_product_table(Product::shift, Format::int4, Format::fp4_e3m0)};
  test::Driver driver("driver", [&] {
    test::Operands pairs = codes();
    std::uint32_t m = 0;
    for (int n = 0; n < clocks; ++n) {
      if (pairs.starts_run()) m = pairs.below(2);
      const bool clears = n == 0 || (pairs.starts_run() && pairs.below(4) == 0), enables = pairs.below(16) != 0;
      pairs.next();
      const std::uint32_t now = pairs.below(64) == 0 ? 1 - m : m;
      a.write(pairs.a);
      b.write(pairs.b);
      mode.write(now == 1);
      element.clock(clears, enables, product_of(tables[now], pairs.a, pairs.b),
                    [&] { return fmt::format("mode={} a={:#x} b={:#x}", now, pairs.a, pairs.b); });
    }
  });
  run_to_the_end();
  EXPECT_GT(element.overflows, 0U);
}

TEST(PeDual, BothModes) {
  dual<Vpe_dual_16_0>("pe_dual_16_0", int16_wrap);
  dual<Vpe_dual_24_1>("pe_dual_24_1", int24_saturate);
}

// `Port` holds 4 n bits.
template <class Port, class Block>
void dot(const std::string& name, const AccumulatorConfig& config, int n) {
  fresh_context();
  sc_core::sc_signal<Port> a, g;
  test::Element<Block> element(name, config);
  element.block.a(a);
  element.block.g(g);
  const ProductTable table = make_product_table(Product::shift, Format::int4, Format::fp4_e3m0);
  test::Driver driver("driver", [&] {
    test::Operands pairs = codes();
    bool alike = false;  // for a run, most elements have the same pair
    for (int k = 0; k < clocks; ++k) {
      if (pairs.starts_run()) alike = pairs.below(2) == 0;
      const bool clears = k == 0 || (pairs.starts_run() && pairs.below(4) == 0), enables = pairs.below(16) != 0;
      pairs.next();
      std::uint64_t as = 0, gs = 0;
      std::int32_t term = 0;
      for (int i = 0; i < n; ++i) {
        const bool same = alike && pairs.below(8) != 0;
        const std::uint32_t x = same ? pairs.a : pairs.below(16);
        const std::uint32_t y = same ? pairs.b : pairs.below(16);
        as |= std::uint64_t{x} << (4 * i);
        gs |= std::uint64_t{y} << (4 * i);
        term += product_of(table, x, y);
      }
      a.write(static_cast<Port>(as));
      g.write(static_cast<Port>(gs));
      element.clock(clears, enables, term, [&] { return fmt::format("a={:#x} g={:#x}", as, gs); });
    }
  });
  run_to_the_end();
  EXPECT_GT(element.overflows, 0U);
}

TEST(DotShift, Sums) {
  dot<std::uint64_t, Vdot_shift_16_24_0>("dot_shift_16_24_0", int24_wrap, 16);
  dot<std::uint32_t, Vdot_shift_4_16_1>("dot_shift_4_16_1", int16_saturate, 4);
}

}  // namespace
}  // namespace luqsim

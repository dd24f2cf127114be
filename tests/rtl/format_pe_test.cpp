// Processing elements of int8, radix-4 FP4, FP8, bf16 and fp32 against the model after every clock.
#include <bit>

#include "luqsim/numerics/radix4.h"

#include "Vpe_float_0_5_10.h"
#include "Vpe_float_0_8_23.h"
#include "Vpe_float_1_5_10.h"
#include "Vpe_float_1_8_23.h"
#include "Vpe_float_2_8_23.h"
#include "Vpe_float_3_8_23.h"
#include "Vpe_int8_24_0.h"
#include "Vpe_int8_24_1.h"
#include "Vpe_int8_32_0.h"
#include "Vpe_radix4_24.h"
#include "Vpe_radix4_32.h"
#include "Vpe_radix4_5_10.h"
#include "Vpe_radix4_5_10_64.h"
#include "Vpe_radix4_8_23.h"
#include "float_codes.h"
#include "processing_element.h"
#include "runs.h"

namespace luqsim {
namespace {

constexpr int clocks = 500'000;
constexpr AccumulatorConfig int24_wrap{.kind = AccumulatorKind::int24}, int32_wrap{.kind = AccumulatorKind::int32},
    fp32{.kind = AccumulatorKind::fp32}, fp16{.kind = AccumulatorKind::fp16},
    chunk64{.kind = AccumulatorKind::chunk, .chunk_length = 64},
    int24_saturate{.kind = AccumulatorKind::int24, .overflow = Overflow::saturate};

// Binds the operands; radix-4's b is {phase, code}.
template <class Block>
class Inputs {
 public:
  explicit Inputs(Block& block) {
    block.a(a_);
    if constexpr (phased) {
      block.g(b_);
      block.phase(phase_);
    } else {
      block.b(b_);
    }
  }
  void write(std::uint32_t a, std::uint32_t b) {
    a_.write(a);
    if constexpr (phased) {
      b_.write(b & 15);
      phase_.write((b & 16) != 0);
    } else {
      b_.write(b);
    }
  }

 private:
  static constexpr bool phased = requires(Block & block) { block.phase; };
  sc_core::sc_signal<std::uint32_t> a_, b_;
  sc_core::sc_signal<bool> phase_;
};

// `term` gives the product of the operands. `overflows`: integers that are narrow enough to.
template <class Block, class Term>
void integers(const std::string& name, const AccumulatorConfig& config, std::uint32_t a_bits, std::uint32_t b_bits,
              Term term, bool overflows) {
  fresh_context();
  test::Element<Block> element(name, config);
  const bool narrow = config.kind == AccumulatorKind::fp16 || config.kind == AccumulatorKind::chunk;
  Inputs<Block> inputs(element.block);
  test::Driver driver("driver", [&] {
    test::Operands operands(6, a_bits, b_bits, {.one_in = 50, .inputs = 3000});
    for (int n = 0; n < clocks; ++n) {
      const bool stuck = element.infinite() && operands.below(16) == 0;
      const bool clears = n == 0 || stuck || (operands.starts_run() && operands.below(4) == 0);
      const bool enables = operands.below(16) != 0;
      operands.next();
      // fp16 has no number for -8 times 8192, and quantizers give no -8.
      if (narrow && operands.a == 8) operands.a = 9;
      inputs.write(operands.a, operands.b);
      element.clock(clears, enables, term(operands.a, operands.b),
                    [&] { return fmt::format("a={:#x} b={:#x}", operands.a, operands.b); });
    }
  });
  run_to_the_end();
  EXPECT_EQ(element.overflows > 0, overflows);
}

std::int32_t int8_product(std::uint32_t a, std::uint32_t b) {
  return static_cast<std::int32_t>(decode(Format::int8, a) * decode(Format::int8, b));
}

TEST(PeInt8, EverySum) {
  integers<Vpe_int8_24_0>("pe_int8_24_0", int24_wrap, 8, 8, int8_product, true);
  integers<Vpe_int8_24_1>("pe_int8_24_1", int24_saturate, 8, 8, int8_product, true);
  integers<Vpe_int8_32_0>("pe_int8_32_0", int32_wrap, 8, 8, int8_product, false);
}

std::int32_t radix4(std::uint32_t a, std::uint32_t b) {
  return radix4_product(Format::int4, static_cast<std::uint8_t>(a),
                        (b & 16) != 0 ? Radix4Phase::odd : Radix4Phase::even, static_cast<std::uint8_t>(b & 15));
}

TEST(PeRadix4, Integers) {
  integers<Vpe_radix4_24>("pe_radix4_24", int24_wrap, 4, 5, radix4, true);
  integers<Vpe_radix4_32>("pe_radix4_32", int32_wrap, 4, 5, radix4, false);
}
TEST(PeRadix4, Fp32) { integers<Vpe_radix4_8_23>("pe_radix4_8_23", fp32, 4, 5, radix4, false); }

TEST(PeRadix4, Fp16) {
  integers<Vpe_radix4_5_10>("pe_radix4_5_10", fp16, 4, 5, radix4, false);
  integers<Vpe_radix4_5_10_64>("pe_radix4_5_10_64", chunk64, 4, 5, radix4, false);
}

// A float accumulator that takes products as codes of its own format.
class Sum {
 public:
  explicit Sum(Format format) : format_(format) {}

  void clear() { code_ = 0; }
  // Exact in binary64 for fp16; one rounding either way.
  void add(std::uint32_t term) {
    if (format_ == Format::fp32) {
      const float sum = std::bit_cast<float>(code_) + std::bit_cast<float>(term);
      code_ = encode(Format::fp32, sum);
    } else {
      code_ = encode(format_, decode(format_, code_) + decode(format_, term));
    }
  }
  std::uint32_t code() const { return code_; }
  bool finite() const { return std::isfinite(decode(format_, code_)); }

 private:
  Format format_;
  std::uint32_t code_ = 0;
};

// `draw` gives a pair of operands; tame ones keep sums finite.
template <class Block, class Draw, class Product>
void floats(const std::string& name, Format format, Draw draw, Product product) {
  fresh_context();
  sc_core::sc_signal<bool> clk, clear, enable;
  sc_core::sc_signal<std::uint32_t> a, b, sum;
  Block block("block");
  block.clk(clk);
  block.clear(clear);
  block.enable(enable);
  block.a(a);
  block.b(b);
  block.sum(sum);
  test::Comparison comparison(name);
  std::uint64_t finite = 0, specials = 0;
  test::Driver driver("driver", [&] {
    std::mt19937_64 random(7);
    const auto below = [&](std::uint32_t n) { return static_cast<std::uint32_t>((random() >> 32) * n >> 32); };
    Sum model(format);
    bool tame = true;
    std::uint32_t left = 0;
    for (int n = 0; n < clocks; ++n) {
      if (left == 0) {
        left = 1 + below(300);
        tame = below(4) != 0;
      }
      --left;
      const bool clears = n == 0 || below(model.finite() ? 400 : 8) == 0, enables = below(16) != 0;
      const auto [x, y] = draw(tame);
      const std::uint32_t before = model.code();
      clk.write(false);
      clear.write(clears);
      enable.write(enables);
      a.write(x);
      b.write(y);
      test::settle();
      clk.write(true);
      test::settle();
      if (clears)
        model.clear();
      else if (enables)
        model.add(product(x, y));
      (model.finite() ? finite : specials) += 1;
      comparison.check(model.code(), sum.read(), [&, x = x, y = y] {
        return fmt::format("sum={:#x} a={:#x} b={:#x} clear={:d} enable={:d}", before, x, y, clears, enables);
      });
    }
  });
  run_to_the_end();
  EXPECT_GT(finite, clocks / 4U) << name;
  EXPECT_GT(specials, 1000U) << name;
}

double fp8(std::uint32_t code) { return decode((code & 256) != 0 ? Format::fp8_e5m2 : Format::fp8_e4m3, code & 255); }

// Tame: no NaN or infinity, and in fp16 sums that stay in range for a while.
std::uint32_t fp8_code(test::FloatCodes& random, bool tame) {
  const std::uint32_t code = random.below(512);
  const bool large = std::fabs(fp8(code)) > 16 || std::isnan(fp8(code));
  return tame && large ? code & 0x13F : code;
}

template <class Block>
void int4_fp8(const std::string& name, Format format) {
  test::FloatCodes random(Format::fp16, 8);
  floats<Block>(
      name, format,
      [&](bool tame) {
        return std::pair{random.below(16), fp8_code(random, tame)};
      },
      [format](std::uint32_t a, std::uint32_t b) { return encode(format, decode(Format::int4, a) * fp8(b)); });
}
template <class Block>
void fp8_fp8(const std::string& name, Format format) {
  test::FloatCodes random(Format::fp16, 9);
  floats<Block>(
      name, format,
      [&](bool tame) {
        return std::pair{fp8_code(random, tame), fp8_code(random, tame)};
      },
      [format](std::uint32_t a, std::uint32_t b) { return encode(format, fp8(a) * fp8(b)); });
}

TEST(PeFloat, Int4Fp8) {
  int4_fp8<Vpe_float_0_8_23>("pe_float_0_8_23", Format::fp32);
  int4_fp8<Vpe_float_0_5_10>("pe_float_0_5_10", Format::fp16);
}
TEST(PeFloat, Fp8) {
  fp8_fp8<Vpe_float_1_8_23>("pe_float_1_8_23", Format::fp32);
  fp8_fp8<Vpe_float_1_5_10>("pe_float_1_5_10", Format::fp16);
}

// Tame: exponents within 8 of that of 1.
template <class Block, class Product>
void wide(const std::string& name, Format format, Product product) {
  test::FloatCodes random(format, 10);
  const int mantissa = format_info(format).mantissa_bits;
  const auto near_1 = [&] {
    return (random.any() & ((1U << mantissa) - 1)) | (119 + random.below(16)) << mantissa |
           (random.below(2) == 0 ? 0 : random.sign());
  };
  floats<Block>(
      name, Format::fp32,
      [&](bool tame) {
        if (tame) return std::pair{near_1(), near_1()};
        const std::uint32_t a = random.any();
        return std::pair{a, random.factor(a)};
      },
      product);
}

TEST(PeFloat, Bf16) {
  wide<Vpe_float_2_8_23>("pe_float_2_8_23", Format::bf16, [](std::uint32_t a, std::uint32_t b) {
    return encode(Format::fp32, decode(Format::bf16, a) * decode(Format::bf16, b));
  });
}
TEST(PeFloat, Fp32) {
  wide<Vpe_float_3_8_23>("pe_float_3_8_23", Format::fp32, [](std::uint32_t a, std::uint32_t b) {
    return encode(Format::fp32, std::bit_cast<float>(a) * std::bit_cast<float>(b));
  });
}

}  // namespace
}  // namespace luqsim

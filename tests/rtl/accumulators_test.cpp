// Floating-point addition, and the accumulators against the model after every term.
#include <bit>
#include <cmath>

#include "luqsim/numerics/format.h"

#include "Vfp_accumulator_5_10_11.h"
#include "Vfp_accumulator_8_23_16.h"
#include "Vfp_accumulator_8_7_11.h"
#include "Vfp_add_5_10.h"
#include "Vfp_add_8_23.h"
#include "Vfp_add_8_7.h"
#include "Vint_accumulator_16_0_11.h"
#include "Vint_accumulator_16_1_11.h"
#include "Vint_accumulator_24_0_16.h"
#include "Vint_accumulator_24_1_16.h"
#include "float_operation.h"
#include "processing_element.h"
#include "runs.h"

namespace luqsim {
namespace {

template <class Block, class Expected>
void add(const std::string& name, Format format, Expected expected) {
  test::compare_floats<Block>(
      name, format, 2, [](Block& block, auto& sum) { block.sum(sum); }, &test::FloatCodes::addend, expected);
}

// The binary64 sum is exact for fp16. For bf16 it is exact or so near to one operand that rounding twice is harmless:
// 53 >= 2 * 8 + 2 bits.
template <class Block>
void add_half(const std::string& name, Format format) {
  add<Block>(name, format, [format](std::uint32_t a, std::uint32_t b) {
    return encode(format, decode(format, a) + decode(format, b));
  });
}

TEST(FpAdd, Fp16) { add_half<Vfp_add_5_10>("fp_add_5_10", Format::fp16); }
TEST(FpAdd, Bf16) { add_half<Vfp_add_8_7>("fp_add_8_7", Format::bf16); }
TEST(FpAdd, Fp32) {
  add<Vfp_add_8_23>("fp_add_8_23", Format::fp32, [](std::uint32_t a, std::uint32_t b) {
    const float sum = std::bit_cast<float>(a) + std::bit_cast<float>(b);
    return std::isnan(sum) ? 0x7FC00000U : std::bit_cast<std::uint32_t>(sum);
  });
}

// All random, all negative, or one term again and again.
class Terms : public test::Runs {
 public:
  Terms(int bits, int significant_bits) : Runs(3), bits_(bits), significant_bits_(significant_bits) {}

  std::int32_t next() {
    if (starts_run()) {
      begin_run(1 + below(2000));
      kind_ = below(3);
      held_ = draw();
    }
    count_input();
    return kind_ == 0 ? held_ : kind_ == 1 ? -std::abs(draw()) : draw();
  }

 private:
  // Any integer of bits_ bits that has at most significant_bits_ significant ones.
  std::int32_t draw() {
    const std::int32_t high = (1 << (bits_ - 1)) - 1;
    const std::int32_t edges[]{0, 1, -1, high, -high, -high - 1, high / 2 + 1, -high / 2};
    std::int32_t term = below(3) == 0 ? edges[below(8)] : static_cast<std::int32_t>(below(1U << bits_)) - high - 1;
    if (below(3) == 0) term >>= below(static_cast<std::uint32_t>(bits_));
    const int excess = std::bit_width(static_cast<std::uint32_t>(std::abs(term))) - significant_bits_;
    return excess <= 0 ? term : term / (1 << excess) * (1 << excess);
  }

  int bits_, significant_bits_;
  std::uint32_t kind_ = 0;
  std::int32_t held_ = 0;
};

// Terms of `term_bits` bits, of which the format of the sum holds `significant_bits`.
template <class Block>
void sum(const std::string& name, const AccumulatorConfig& config, int term_bits, int significant_bits) {
  fresh_context();
  sc_core::sc_signal<std::uint32_t> term;
  test::Element<Block> element(name, config);
  element.block.term(term);
  std::uint64_t infinite = 0;
  test::Driver driver("driver", [&] {
    Terms terms(term_bits, significant_bits);
    for (int n = 0; n < 1'000'000; ++n) {
      const bool stuck = element.infinite() && terms.below(16) == 0;
      const bool clears = n == 0 || stuck || (terms.starts_run() && terms.below(4) == 0);
      const bool enables = terms.below(16) != 0;
      const std::int32_t value = terms.next();
      term.write(static_cast<std::uint32_t>(value) & ((1U << term_bits) - 1));
      element.clock(clears, enables, value, [&] { return fmt::format("term={:#x}", term.read()); });
      infinite += element.infinite() ? 1 : 0;
    }
  });
  run_to_the_end();
  EXPECT_EQ(element.overflows > 100, test::FlagsOverflow<Block>);
  EXPECT_EQ(infinite > 1000, config.kind == AccumulatorKind::fp16);
}

template <class Block>
void sum_integers(const std::string& name, AccumulatorKind kind, Overflow overflow, int term_bits) {
  sum<Block>(name, {.kind = kind, .overflow = overflow}, term_bits, term_bits);
}

template <class Block>
void sum_floats(const std::string& name, AccumulatorKind kind, Format format, int term_bits) {
  sum<Block>(name, {.kind = kind}, term_bits, format_info(format).mantissa_bits + 1);
}

TEST(IntAccumulator, Int16) {
  sum_integers<Vint_accumulator_16_0_11>("int_accumulator_16_0_11", AccumulatorKind::int16, Overflow::wrap, 11);
  sum_integers<Vint_accumulator_16_1_11>("int_accumulator_16_1_11", AccumulatorKind::int16, Overflow::saturate, 11);
}

TEST(IntAccumulator, Int24) {
  sum_integers<Vint_accumulator_24_0_16>("int_accumulator_24_0_16", AccumulatorKind::int24, Overflow::wrap, 16);
  sum_integers<Vint_accumulator_24_1_16>("int_accumulator_24_1_16", AccumulatorKind::int24, Overflow::saturate, 16);
}

TEST(FpAccumulator, Fp32) {
  sum_floats<Vfp_accumulator_8_23_16>("fp_accumulator_8_23_16", AccumulatorKind::fp32, Format::fp32, 16);
}
TEST(FpAccumulator, Bf16) {
  sum_floats<Vfp_accumulator_8_7_11>("fp_accumulator_8_7_11", AccumulatorKind::bf16, Format::bf16, 11);
}
TEST(FpAccumulator, Fp16) {
  sum_floats<Vfp_accumulator_5_10_11>("fp_accumulator_5_10_11", AccumulatorKind::fp16, Format::fp16, 11);
}

}  // namespace
}  // namespace luqsim

#include "luqsim/numerics/dot_model.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "oracle/dot_model.h"
#include "sampling.h"

namespace {

using luqsim::DotModel;
using luqsim::DotOutput;
using luqsim::DotPreset;
using luqsim::Format;
using sampling::Source;
using Codes = std::vector<std::uint16_t>;

constexpr Format formats[] = {Format::fp16, Format::bf16, Format::fp8_e4m3, Format::fp8_e5m2};
constexpr DotPreset presets[] = {DotPreset::hopper_fp16, DotPreset::hopper_bf16, DotPreset::hopper_fp8,
                                 DotPreset::ampere_fp16, DotPreset::ampere_bf16, DotPreset::ada_fp16,
                                 DotPreset::ada_bf16};
constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr std::uint32_t nan_bits = 0x7FFFFFFF;

std::uint32_t bits_of(float x) { return std::bit_cast<std::uint32_t>(x); }

oracle::DotSettings settings(const DotModel& m) {
  return {static_cast<int>(m.fraction_bits), static_cast<int>(m.terms), static_cast<int>(m.chain),
          std::string(luqsim::name_of(m.out))};
}

struct Products {
  Format a_format = Format::fp16, b_format = Format::fp16;
  Codes a, b;
};

float library_dot(const DotModel& m, const Products& p, float c) {
  return luqsim::dot(m, {p.a_format, p.a}, {p.b_format, p.b}, c);
}

void expect_equals_oracle(const DotModel& m, const Products& p, float c) {
  const std::string a(luqsim::name_of(p.a_format)), b(luqsim::name_of(p.b_format));
  const float wanted = oracle::dot(settings(m), a, p.a, b, p.b, c), got = library_dot(m, p, c);
  ASSERT_EQ(bits_of(got), bits_of(wanted))
      << got << " " << wanted << ": F " << m.fraction_bits << ", K " << m.terms << ", chain " << m.chain << ", "
      << luqsim::name_of(m.out) << ", " << a << " x " << b << ", " << p.a.size() << " products, c " << c;
}

// Products given by their factors, which the format must hold.
Products products(Format format, const std::vector<std::pair<double, double>>& factors) {
  Products p{format, format, {}, {}};
  for (const auto& [a, b] : factors) {
    p.a.push_back(static_cast<std::uint16_t>(luqsim::encode(format, a)));
    p.b.push_back(static_cast<std::uint16_t>(luqsim::encode(format, b)));
    EXPECT_EQ(luqsim::decode(format, p.a.back()), a);
    EXPECT_EQ(luqsim::decode(format, p.b.back()), b);
  }
  return p;
}
float dot_of(const DotModel& m, Format format, const std::vector<std::pair<double, double>>& factors, float c = 0) {
  const Products p = products(format, factors);
  expect_equals_oracle(m, p, c);
  return library_dot(m, p, c);
}

// ---------------------------------------------------------------------------------------------- worked by hand

// 1.5 * 1.5 = 2.25 is aligned as 10.01 * 2^0, not as 1.001 * 2^1: with F = 2 the unit is 1/4 and the 1/4 counts. A
// normalised product would make the unit 1/2: 2 + 0.
TEST(DotModel, ProductsAreNotNormalised) {
  EXPECT_EQ(dot_of({.fraction_bits = 2}, Format::fp16, {{1.5, 1.5}, {0.25, 1}}), 2.5F);
}

// F = 2, largest exponent 0, unit 1/4: -3/8 becomes -1/4 (rounding down would give -1/2), so 1 - 1/4.
TEST(DotModel, TermsAreCutTowardZero) {
  EXPECT_EQ(dot_of({.fraction_bits = 2}, Format::fp16, {{1, 1}, {-0.375, 1}}), 0.75F);
  EXPECT_EQ(dot_of({.fraction_bits = 2}, Format::fp16, {{-1, 1}, {0.375, 1}}), -0.75F);
}

// 31 terms of 2^-14 beside a 1, unit 2^-13: each is lost, though together they are nearly 2^-9. At 2^-13 all count.
TEST(DotModel, WhatIsCutLeavesNoSticky) {
  std::vector<std::pair<double, double>> factors(32, {0x1p-7, 0x1p-7});
  factors[5] = {1, 1};
  const DotModel fp8 = luqsim::dot_model(DotPreset::hopper_fp8);
  EXPECT_EQ(dot_of(fp8, Format::fp8_e4m3, factors), 1.0F);
  for (auto& [a, b] : factors)
    if (a != 1) a = 0x1p-6;
  EXPECT_EQ(dot_of(fp8, Format::fp8_e4m3, factors), 1.0F + 31 * 0x1p-13F);
}

// 2^30 - 2^30 leaves the unit 2^(30 - 25) = 32: 16 is lost and the result is +0, 32 is all there is.
TEST(DotModel, CancellationLosesWhatWasCut) {
  const DotModel m = luqsim::dot_model(DotPreset::hopper_fp16);
  EXPECT_EQ(bits_of(dot_of(m, Format::fp16, {{0x1p15, 0x1p15}, {-0x1p15, 0x1p15}, {16, 1}})), 0U);
  EXPECT_EQ(bits_of(dot_of(m, Format::fp16, {{0x1p15, 0x1p15}, {-0x1p15, 0x1p15}, {-16, 1}})), 0U);
  EXPECT_EQ(dot_of(m, Format::fp16, {{0x1p15, 0x1p15}, {-0x1p15, 0x1p15}, {32, 1}}), 32.0F);
}

// 2^-24 is a subnormal of fp16, 2^-10 * 2^-14: alone, with F = 8, it is below the unit 2^-22. In bf16 it is normal.
TEST(DotModel, SubnormalsKeepTheSmallestExponent) {
  EXPECT_EQ(bits_of(dot_of({.fraction_bits = 8}, Format::fp16, {{0x1p-24, 1}})), 0U);
  EXPECT_EQ(dot_of({.fraction_bits = 8}, Format::bf16, {{0x1p-24, 1}}), 0x1p-24F);
  EXPECT_EQ(dot_of({.fraction_bits = 10}, Format::fp16, {{0x1p-24, 1}}), 0x1p-24F);
}

// 2^24 + 3 has 25 bits: toward zero 2^24 + 2 (to nearest even would give 2^24 + 4).
TEST(DotModel, TheResultIsRoundedTowardZero) {
  const DotModel m = luqsim::dot_model(DotPreset::hopper_fp16);
  EXPECT_EQ(dot_of(m, Format::fp16, {{4096, 4096}, {3, 1}}), 0x1p24F + 2);
  EXPECT_EQ(dot_of(m, Format::fp16, {{-4096, 4096}, {-3, 1}}), -0x1p24F - 2);
  EXPECT_EQ(dot_of({.fraction_bits = 25, .out = DotOutput::e8m13}, Format::fp16, {{1, 1}, {0x1.8p-13, 1}}),
            1 + 0x1p-13F);
}

// fp16: 2048 + 3 to nearest even is 2052; 65504 + 15 stays finite and 65504 + 16 does not; 2^-25 is a tie to 0,
// 1.5 * 2^-24 one to 2^-23.
TEST(DotModel, Fp16ResultsAreRoundedToNearestEven) {
  const DotModel m{.fraction_bits = 36, .out = DotOutput::fp16};
  EXPECT_EQ(dot_of(m, Format::fp16, {{2048, 1}, {3, 1}}), 2052.0F);
  EXPECT_EQ(dot_of(m, Format::fp16, {{2048, 1}, {1, 1}}), 2048.0F);
  EXPECT_EQ(dot_of(m, Format::fp16, {{65504, 1}, {15, 1}}), 65504.0F);
  EXPECT_EQ(dot_of(m, Format::fp16, {{65504, -1}, {-16, 1}}), -infinity);
  EXPECT_EQ(bits_of(dot_of(m, Format::fp16, {{-0x1p-24, 0.5}})), 0x80000000U);
  EXPECT_EQ(dot_of(m, Format::fp16, {{0x1p-24, 1}, {0x1p-24, 0.5}}), 0x1p-23F);
}

// Sixteen terms of 2^-6 and a 1, F = 5: in one step they are lost, before it they have become 1/4.
TEST(DotModel, TheNumberOfTermsMatters) {
  std::vector<std::pair<double, double>> factors(17, {0x1p-6, 1});
  factors[16] = {1, 1};
  EXPECT_EQ(dot_of({.fraction_bits = 5, .terms = 32}, Format::fp16, factors), 1.0F);
  EXPECT_EQ(dot_of({.fraction_bits = 5, .terms = 16}, Format::fp16, factors), 1.25F);
}

// 1.125 + 1 = 2.125, F = 3. A second step of zeros aligns that to 2^1, unit 1/4: 2.
TEST(DotModel, AChainRunsItsStepsOfZeros) {
  EXPECT_EQ(dot_of({.fraction_bits = 3, .terms = 2, .chain = 1}, Format::fp16, {{1.125, 1}, {1, 1}}), 2.125F);
  EXPECT_EQ(dot_of({.fraction_bits = 3, .terms = 2, .chain = 2}, Format::fp16, {{1.125, 1}, {1, 1}}), 2.0F);
}

// The accumulator is one of the terms: cut like them, and cutting them.
TEST(DotModel, TheAccumulatorIsATerm) {
  const DotModel fp8 = luqsim::dot_model(DotPreset::hopper_fp8);
  EXPECT_EQ(dot_of(fp8, Format::fp8_e4m3, {{1, 1}}, 0x1p13F), 0x1p13F + 1);
  EXPECT_EQ(dot_of(fp8, Format::fp8_e4m3, {{1, 1}}, 0x1p14F), 0x1p14F);
  EXPECT_EQ(dot_of(fp8, Format::fp8_e4m3, {{64, 64}}, 0x1.fp-2F), 4096.0F);
  EXPECT_EQ(dot_of(fp8, Format::fp8_e4m3, {{64, 64}}, 0x1.fp-1F), 4096.5F);
}

TEST(DotModel, SpecialValues) {
  const double inf = std::numeric_limits<double>::infinity();
  const DotModel m;
  const auto result = [&](const std::vector<std::pair<double, double>>& factors, float c) {
    const Products p = products(Format::bf16, factors);
    expect_equals_oracle(m, p, c);
    return bits_of(library_dot(m, p, c));
  };
  EXPECT_EQ(result({{inf, 1}, {5, 5}}, 1), bits_of(infinity));
  EXPECT_EQ(result({{inf, -1}, {5, 5}}, 1), bits_of(-infinity));
  EXPECT_EQ(result({{inf, 0}}, 1), nan_bits);
  EXPECT_EQ(result({{-0.0, inf}}, 1), nan_bits);
  EXPECT_EQ(result({{inf, 1}, {inf, -1}}, 1), nan_bits);
  EXPECT_EQ(result({{inf, 1}}, -infinity), nan_bits);
  EXPECT_EQ(result({{inf, -1}}, -infinity), bits_of(-infinity));
  EXPECT_EQ(result({{1, 1}}, infinity), bits_of(infinity));
  EXPECT_EQ(result({{1, 1}}, std::bit_cast<float>(0xFFC12345U)), nan_bits);
  EXPECT_EQ(result({{1, 1}, {-1, 1}}, 0), 0U);         // exact cancellation
  EXPECT_EQ(result({{-0.0, 1}, {0, -1}}, -0.0F), 0U);  // a sum of zeros is +0 whatever their signs
  EXPECT_EQ(result({}, -0.0F), 0x80000000U);           // no step
  EXPECT_EQ(result({{0x1p127, 2}}, 0), bits_of(infinity));
  EXPECT_EQ(result({{0x1p127, -2}}, 0), bits_of(-infinity));
  EXPECT_EQ(result({{0x1p127, 2}, {0x1p127, -1}}, 0), bits_of(0x1p127F));  // no product overflows by itself
  // All of binary32's largest and a bit more, but less than 2^128: toward zero.
  EXPECT_EQ(result({{0x1p103, 1}}, 0x1.fffffep127F), bits_of(0x1.fffffep127F));
  EXPECT_EQ(result({{0x1p104, 1}}, 0x1.fffffep127F), bits_of(infinity));
  // No exponent below -126 aligns: the unit is 2^-151 at the lowest, the result a multiple of 2^-149.
  EXPECT_EQ(result({{0x1p-100, 0x1p-49}}, 0), 1U);
  EXPECT_EQ(result({{-0x1p-100, 0x1p-50}}, 0), 0x80000000U);
  EXPECT_EQ(result({{-0x1p-100, 0x1p-52}}, 0), 0U);  // cut before the sum
  EXPECT_EQ(result({{0x1p-100, 0x1p-50}, {0x1p-100, 0x1p-50}}, 0), 1U);
}

TEST(DotModel, NanOfFp8) {
  for (const auto& [format, nan] : {std::pair(Format::fp8_e4m3, 0x7F),
                                    {Format::fp8_e4m3, 0xFF},
                                    {Format::fp8_e5m2, 0x7D},
                                    {Format::fp8_e5m2, 0xFF}}) {
    const Products p{format, format, {0x38, static_cast<std::uint16_t>(nan)}, {0x38, 0x38}};
    EXPECT_EQ(bits_of(library_dot({}, p, 0)), nan_bits);
  }
  const Products p{Format::fp8_e5m2, Format::fp8_e4m3, {0xFC}, {0x7E}};  // -inf * 448
  EXPECT_EQ(library_dot({}, p, 0), -infinity);
}

// The published numbers, and dot products that tell them apart.
TEST(DotModel, Presets) {
  const DotModel hopper{25, 16, 1, DotOutput::fp32}, fp8{13, 32, 1, DotOutput::e8m13}, older{24, 8, 2, DotOutput::fp32};
  const std::tuple<DotPreset, DotModel, Format> wanted[] = {
      {DotPreset::hopper_fp16, hopper, Format::fp16}, {DotPreset::hopper_bf16, hopper, Format::bf16},
      {DotPreset::hopper_fp8, fp8, Format::fp8_e4m3}, {DotPreset::ampere_fp16, older, Format::fp16},
      {DotPreset::ampere_bf16, older, Format::bf16},  {DotPreset::ada_fp16, older, Format::fp16},
      {DotPreset::ada_bf16, older, Format::bf16}};
  for (const auto& [preset, model, format] : wanted) {
    EXPECT_EQ(luqsim::dot_model(preset), model) << luqsim::name_of(preset);
    EXPECT_EQ(luqsim::dot_format(preset), format) << luqsim::name_of(preset);
  }
  // A large number in the first place takes the small one behind it along, and a negative one in the ninth with another
  // small one behind cancels it. Hopper sums all at once, its unit 2^(24 - 25) = 1/2. The older ones sum eight, their
  // unit is 1: halves are lost, and 2^24 + 1 is rounded to 2^24 before the second step.
  const auto around = [](double large, double small) {
    std::vector<std::pair<double, double>> factors(16, {0, 0});
    factors[0] = {large, 4096};
    factors[8] = {-large, 4096};
    factors[1] = factors[9] = {small, 1};
    return factors;
  };
  for (const auto& [preset, model, format] : wanted) {
    if (preset == DotPreset::hopper_fp8) continue;
    EXPECT_EQ(dot_of(model, format, around(4096, 1)), model == hopper ? 2.0F : 1.0F);
    EXPECT_EQ(dot_of(model, format, around(4096, 0.5)), model == hopper ? 1.0F : 0.0F);
  }
  // 2^13 - 2^13 at both ends of 32 terms: the unit is 1.
  for (const auto& [small, sum] : {std::pair(1.0, 2.0F), std::pair(0.5, 0.0F)}) {
    std::vector<std::pair<double, double>> factors(32, {0, 0});
    factors[0] = {128, 64};
    factors[31] = {-128, 64};
    factors[1] = factors[30] = {small, 1};
    EXPECT_EQ(dot_of(fp8, Format::fp8_e4m3, factors), sum);
  }
}

// ---------------------------------------------------------------------------------------------- against the oracle

TEST(DotModel, EveryFp8Product) {
  const DotModel models[] = {{.fraction_bits = 13, .terms = 1, .out = DotOutput::e8m13},
                             {.fraction_bits = 2, .terms = 1}};
  for (const Format format : {Format::fp8_e4m3, Format::fp8_e5m2})
    for (std::uint32_t a = 0; a < 256; ++a)
      for (std::uint32_t b = 0; b < 256; ++b) {
        const Products p{format, format, {static_cast<std::uint16_t>(a)}, {static_cast<std::uint16_t>(b)}};
        ASSERT_NO_FATAL_FAILURE(expect_equals_oracle(models[(a + b) % 2], p, (a ^ b) % 5 == 0 ? 0x1.8p-3F : 0.0F));
      }
}

// Every pair of left codes, right codes and accumulator random.
TEST(DotModel, EveryPairOfFp8CodesInAStepOfTwo) {
  Source source(81);
  for (std::uint32_t a = 0; a < 65536; ++a) {
    const Format format = source.one_in(2) ? Format::fp8_e4m3 : Format::fp8_e5m2;
    const Products p{format,
                     source.one_in(8) ? Format::fp8_e5m2 : Format::fp8_e4m3,
                     {static_cast<std::uint16_t>(a & 0xFF), static_cast<std::uint16_t>(a >> 8)},
                     {static_cast<std::uint16_t>(source.below(256)), static_cast<std::uint16_t>(source.below(256))}};
    const DotModel m{.fraction_bits = static_cast<std::uint32_t>(source.between(1, 14)),
                     .terms = 2,
                     .out = source.one_in(2) ? DotOutput::e8m13 : DotOutput::fp32};
    ASSERT_NO_FATAL_FAILURE(expect_equals_oracle(m, p, source.one_in(2) ? 0.0F : source.float_near(1, 20)));
  }
}

// A finite code, in half of the cases one whose exponent is near `exponent`.
std::uint16_t weighted_code(Source& source, Format format, int exponent) {
  const luqsim::FormatInfo& f = luqsim::format_info(format);
  for (;;) {
    auto code = static_cast<std::uint32_t>(source.bits()) & ((1U << f.bits) - 1);
    if (source.one_in(2)) {
      const int field =
          std::clamp(exponent + f.bias + static_cast<int>(source.between(-2, 2)), 0, (1 << f.exponent_bits) - 1);
      const std::uint32_t below = (1U << f.mantissa_bits) - 1;
      code = (code & (1U << (f.bits - 1))) | (static_cast<std::uint32_t>(field) << f.mantissa_bits) |
             (source.one_in(3)   ? 0
              : source.one_in(3) ? below
                                 : code & below);
    }
    if (source.one_in(20)) code &= 1U << (f.bits - 1);  // a zero
    if (std::isfinite(luqsim::decode(format, code))) return static_cast<std::uint16_t>(code);
  }
}

// Terms near 2^e, terms about F below them, pairs that cancel, perhaps a special value.
Products weighted_products(Source& source, Format a, Format b, std::size_t count, int fraction_bits) {
  Products p{a, b, {}, {}};
  const int range = a == Format::bf16 ? 100 : 6, top = static_cast<int>(source.between(-range, range));
  while (p.a.size() < count) {
    const int below = source.one_in(3) ? fraction_bits / 2 + static_cast<int>(source.between(-2, 2)) : 0;
    p.a.push_back(weighted_code(source, a, top - below));
    p.b.push_back(weighted_code(source, b, top - (source.one_in(2) ? below : 0)));
    if (p.a.size() < count && source.one_in(3)) {
      const auto sign = static_cast<std::uint16_t>(1U << (luqsim::format_info(a).bits - 1));
      p.a.push_back(p.a.back() ^ sign);
      p.b.push_back(p.b.back());
    }
  }
  if (count > 0 && source.one_in(20)) {
    const luqsim::FormatInfo& f = luqsim::format_info(a);
    p.a[source.below(count)] = static_cast<std::uint16_t>((1U << (f.bits - 1)) - 1 - source.below(3));
  }
  return p;
}

float weighted_accumulator(Source& source) {
  switch (source.below(6)) {
    case 0:
      return source.finite_float();
    case 1:
      return source.float_near(1.0F, 30);
    case 2:
      return source.one_in(10) ? infinity : -0.0F;
    default:
      return 0;
  }
}

TEST(DotModel, WeightedRandomDotProductsOfThePresets) {
  Source source(82);
  for (const DotPreset preset : presets)
    for (int i = 0; i < 5000; ++i) {
      const DotModel m = luqsim::dot_model(preset);
      const Format format = preset == DotPreset::hopper_fp8 && i % 2 == 0 ? Format::fp8_e5m2 : dot_format(preset);
      const auto k = source.below(3) == 0 ? source.below(100) : source.below(m.terms + 2);
      const Products p = weighted_products(source, format, format, k, static_cast<int>(m.fraction_bits));
      ASSERT_NO_FATAL_FAILURE(expect_equals_oracle(m, p, weighted_accumulator(source)));
    }
}

TEST(DotModel, WeightedRandomModels) {
  Source source(83);
  for (int i = 0; i < 30000; ++i) {
    const DotModel m{.fraction_bits = static_cast<std::uint32_t>(source.between(1, luqsim::max_dot_fraction_bits)),
                     .terms = static_cast<std::uint32_t>(source.between(1, 20)),
                     .chain = static_cast<std::uint32_t>(source.between(1, 3)),
                     .out = static_cast<DotOutput>(source.below(3))};
    const Products p = weighted_products(source, formats[source.below(4)], formats[source.below(4)], source.below(45),
                                         static_cast<int>(m.fraction_bits));
    ASSERT_NO_FATAL_FAILURE(expect_equals_oracle(m, p, weighted_accumulator(source)));
  }
}

// A term of magnitude 2^-d beside a 1: there for d <= F, gone for d > F, in each place a term can have.
TEST(DotModel, AlignmentBoundary) {
  for (const std::uint32_t fraction_bits : {1U, 13U, 23U, 24U, 25U, 36U})
    for (const std::uint32_t d : {fraction_bits - 1, fraction_bits, fraction_bits + 1, fraction_bits + 2})
      for (const double sign : {1.0, -1.0}) {
        const DotModel m{.fraction_bits = fraction_bits, .terms = 4};
        const double small = std::ldexp(sign, -static_cast<int>(d));
        const auto wanted = static_cast<float>(d <= fraction_bits ? small : 0.0);  // of 1 - 1 + small
        EXPECT_EQ(dot_of(m, Format::bf16, {{1, 1}, {-1, 1}, {small, 1}}), wanted) << fraction_bits << " " << d;
        EXPECT_EQ(dot_of(m, Format::bf16, {{small, 1}, {1, 1}}, -1.0F), wanted) << fraction_bits << " " << d;
        EXPECT_EQ(dot_of(m, Format::bf16, {{1, 1}, {1, -1}}, static_cast<float>(small)), wanted);
        // 1.5 * 2^-d: its last bit is one place lower.
        EXPECT_EQ(dot_of(m, Format::bf16, {{1, 1}, {-1, 1}, {1.5 * small, 1}}),
                  d < fraction_bits ? static_cast<float>(1.5 * small) : wanted);
      }
}

RC_GTEST_PROP(DotModel, OrderWithinAStepDoesNotMatter, ()) {
  Source source(*rc::gen::arbitrary<std::uint64_t>());
  const DotModel m = luqsim::dot_model(presets[source.below(std::size(presets))]);
  const Format format = formats[source.below(4)];
  Products p = weighted_products(source, format, format, m.terms, static_cast<int>(m.fraction_bits));
  const float c = weighted_accumulator(source);
  const std::uint32_t before = bits_of(luqsim::dot_step(m, {format, p.a}, {format, p.b}, c));
  std::mt19937_64 random(source.bits());
  for (std::size_t i = p.a.size(); i > 1; --i) {
    const std::size_t j = random() % i;
    std::swap(p.a[i - 1], p.a[j]);
    std::swap(p.b[i - 1], p.b[j]);
  }
  RC_ASSERT(bits_of(luqsim::dot_step(m, {format, p.b}, {format, p.a}, c)) == before);
}

TEST(DotModel, AStepIsADotProductOfOneStep) {
  Source source(84);
  for (int i = 0; i < 2000; ++i) {
    const DotModel m{.fraction_bits = 13, .terms = 8};
    const Products p = weighted_products(source, Format::fp16, Format::fp8_e4m3, source.below(9), 13);
    const float c = weighted_accumulator(source);
    const float step = luqsim::dot_step(m, {p.a_format, p.a}, {p.b_format, p.b}, c);
    const float wanted = oracle::dot_step(settings(m), "fp16", p.a, "fp8_e4m3", p.b, c);
    ASSERT_EQ(bits_of(step), bits_of(wanted));
  }
}

// Rows times a matrix: every column is the dot product, specials in some columns or in the row included.
TEST(DotModel, RowsTimesAMatrix) {
  Source source(85);
  for (const DotPreset preset : presets)
    for (const std::size_t n : {1U, 3U, 63U, 64U, 65U, 130U})
      for (const std::size_t k : {0U, 1U, 7U, 16U, 33U, 50U}) {
        const DotModel m = luqsim::dot_model(preset);
        const Format a = dot_format(preset), b = source.one_in(4) ? Format::fp8_e5m2 : a;
        const int fraction_bits = static_cast<int>(m.fraction_bits);
        std::vector<Products> columns;
        const Products row = weighted_products(source, a, b, k, fraction_bits);
        for (std::size_t j = 0; j < n; ++j) {
          columns.push_back({a, b, row.a, weighted_products(source, b, a, k, fraction_bits).a});
          if (source.one_in(2)) columns.back().b = row.b;
        }
        Codes matrix(k * n);
        std::vector<float> c(n);
        for (std::size_t j = 0; j < n; ++j) {
          for (std::size_t i = 0; i < k; ++i) matrix[i * n + j] = columns[j].b[i];
          c[j] = weighted_accumulator(source);
        }
        std::vector<float> got = c;
        luqsim::dot_row(m, {a, row.a}, luqsim::DotMatrix({b, matrix}, k, n), got);
        for (std::size_t j = 0; j < n; ++j) {
          ASSERT_EQ(bits_of(got[j]), bits_of(library_dot(m, columns[j], c[j]))) << j << " of " << n << ", k " << k;
          if (j % 16 == 0) {
            ASSERT_NO_FATAL_FAILURE(expect_equals_oracle(m, columns[j], c[j]));
          }
        }
      }
}

// ---------------------------------------------------------------------------------------------- 4-bit operands

// A dot product of int4 (-7..7) and fp4 codes, whose products are at most 448: up to this K every one is the exact
// integer. A sum beyond 2^24 (hopper_fp8: 2^14) is inexact only when it is odd, so that one of its terms is at most 7:
// (K - 1) 448 + 7 has to be larger.
std::size_t exact_k(DotPreset preset) { return preset == DotPreset::hopper_fp8 ? 37 : 37450; }

struct IntegerProducts {
  Products products;
  std::int64_t sum = 0;

  void add(Format format, int int4, int fp4) {
    products.a_format = products.b_format = format;
    products.a.push_back(static_cast<std::uint16_t>(luqsim::encode(format, int4)));
    products.b.push_back(static_cast<std::uint16_t>(luqsim::encode(format, fp4)));
    sum += std::int64_t{int4} * fp4;
  }
};

TEST(DotModel, EveryFourBitValueIsExactInTheOperandFormats) {
  for (const Format format : formats)
    for (const Format four : {Format::int4, Format::uint4, Format::fp4_e3m0})
      for (std::uint32_t code = 0; code < 16; ++code) {
        const double value = luqsim::decode(four, code);
        const bool held = luqsim::decode(format, luqsim::encode(format, value)) == value;
        EXPECT_EQ(held, format != Format::fp8_e5m2 || four != Format::uint4 || value <= 8 || value == 10 ||
                            value == 12 || value == 14)
            << luqsim::name_of(format) << " " << luqsim::name_of(four) << " " << value;
      }
}

TEST(DotModel, FourBitDotProductsAreExactUpToTheLimit) {
  Source source(86);
  for (const DotPreset preset : presets) {
    const DotModel m = luqsim::dot_model(preset);
    const Format format = dot_format(preset);
    const std::size_t limit = exact_k(preset);
    const auto expect_exact = [&](const IntegerProducts& p) {
      ASSERT_EQ(static_cast<double>(library_dot(m, p.products, 0)), static_cast<double>(p.sum))
          << luqsim::name_of(preset) << ", K " << p.products.a.size();
    };
    for (int i = 0; i < 200; ++i) {
      IntegerProducts drifting, any;
      const std::size_t k = i < 3 ? limit : 1 + source.below(std::min<std::size_t>(limit, 500));
      while (any.products.a.size() < k) {
        const int e = static_cast<int>(source.below(8)), fp4 = e == 0 ? 0 : 1 << (e - 1);
        any.add(format, static_cast<int>(source.between(-7, 7)), source.one_in(2) ? fp4 : -fp4);
        drifting.add(format, source.one_in(8) ? 1 : 7, source.one_in(8) ? -64 + 63 * (i % 2) : 64);
      }
      ASSERT_NO_FATAL_FAILURE(expect_exact(any));
      ASSERT_NO_FATAL_FAILURE(expect_exact(drifting));
    }
    for (const int odd : {1, 3, 5, 7, -1, -7})
      for (const std::size_t at : {std::size_t{0}, limit / 2, limit - 1}) {
        IntegerProducts p;
        for (std::size_t i = 0; i < limit; ++i) i == at ? p.add(format, odd, 1) : p.add(format, 7, 64);
        ASSERT_NO_FATAL_FAILURE(expect_exact(p));
      }
    // One more: an odd sum that the result does not hold.
    IntegerProducts p;
    for (std::size_t i = 0; i < limit; ++i) p.add(format, 7, 64);
    ASSERT_NO_FATAL_FAILURE(expect_exact(p));
    p.add(format, 7, 1);
    EXPECT_LT(static_cast<double>(library_dot(m, p.products, 0)), static_cast<double>(p.sum));
  }
}

// ---------------------------------------------------------------------------------------------- errors

template <class Call>
std::string error_of(Call call) {
  try {
    call();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

TEST(DotModel, RefusesWhatIsOutOfRange) {
  const Codes two{0, 0}, three{0, 0, 0};
  const auto with = [&](const DotModel& m) { return error_of([&] { luqsim::dot(m, {{}, two}, {{}, two}); }); };
  EXPECT_EQ(with({.fraction_bits = 0}), error_of([&] { validate(DotModel{.fraction_bits = 0}); }));
  EXPECT_EQ(error_of([&] { validate(DotModel{.fraction_bits = 0}); }), "dot model fraction_bits: 0; wanted 1 to 36");
  EXPECT_EQ(error_of([&] { validate(DotModel{.fraction_bits = 37}); }), "dot model fraction_bits: 37; wanted 1 to 36");
  EXPECT_EQ(error_of([&] { validate(DotModel{.terms = 1025}); }), "dot model terms: 1025; wanted 1 to 1024");
  EXPECT_EQ(error_of([&] { validate(DotModel{.chain = 65}); }), "dot model chain: 65; wanted 1 to 64");
  EXPECT_EQ(error_of([&] {
              luqsim::dot({}, {Format::fp16, two}, {Format::fp16, three});
            }),
            "dot model: 2 and 3 codes; wanted equal numbers");
  EXPECT_EQ(error_of([&] {
              luqsim::dot({}, {Format::fp32, two}, {Format::fp16, two});
            }),
            "dot model operand format: fp32; wanted fp16, bf16, fp8_e4m3 or fp8_e5m2");
  EXPECT_EQ(error_of([&] {
              luqsim::dot_step({.terms = 2}, {Format::fp16, three}, {Format::fp16, three}, 0);
            }),
            "dot model step: 3 products; wanted at most 2");
  EXPECT_EQ(error_of([&] {
              luqsim::DotMatrix({Format::fp16, three}, 2, 2);
            }),
            "dot model matrix: 3 codes; wanted 2 x 2");
  std::vector<float> c(2);
  const luqsim::DotMatrix matrix({Format::fp16, three}, 3, 1);
  EXPECT_EQ(error_of([&] {
              luqsim::dot_row({}, {Format::fp16, two}, matrix, c);
            }),
            "dot model row: 2 codes and 2 results; wanted 3 and 1");
}

// The largest sums that a valid model allows stay exact: 1024 terms of almost 4 * 2^F.
TEST(DotModel, TheWidestModel) {
  const DotModel m{.fraction_bits = 36, .terms = 1024, .out = DotOutput::fp32};
  const double x = 2 - 0x1p-10;
  const std::vector<std::pair<double, double>> factors(1024, {x, x});
  EXPECT_EQ(static_cast<double>(dot_of(m, Format::fp16, factors)), 1024 * x * x);
}

}  // namespace

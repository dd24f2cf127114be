// Dot products worked by hand, the presets, and what is refused.
#include "luqsim/numerics/dot_model.h"

#include <bit>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <tuple>

#include "dot_products.h"

namespace {

using namespace dot_products;

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

// Dot products against the oracle: every pair of FP8 codes, and others at random.
#include <algorithm>
#include <cmath>
#include <random>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "dot_products.h"
#include "sampling.h"

namespace {

using namespace dot_products;
using sampling::Source;

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

}  // namespace

#include "luqsim/numerics/product.h"

#include <cmath>
#include <set>
#include <stdexcept>
#include <string>
#include <tuple>

#include <gtest/gtest.h>

#include "oracle/product.h"

namespace {

using luqsim::Format;
using luqsim::Product;
using oracle::Rational;

const oracle::CodeBook& book(Format f) { return oracle::code_book(std::string(luqsim::name_of(f))); }
bool rounds_to_fp7(Product p) { return p == Product::fp7_mul || p == Product::mf_bprop; }

// Operand formats that each product takes, one order of each pair.
const std::set<std::tuple<Product, Format, Format>> accepted{
    {Product::int4_mul, Format::int4, Format::int4},     {Product::int4_mul, Format::uint4, Format::int4},
    {Product::shift, Format::int4, Format::fp4_e3m0},    {Product::shift, Format::uint4, Format::fp4_e3m0},
    {Product::fp7_mul, Format::int4, Format::fp4_e3m0},  {Product::fp7_mul, Format::uint4, Format::fp4_e3m0},
    {Product::mf_bprop, Format::int4, Format::fp4_e3m0}, {Product::mf_bprop, Format::uint4, Format::fp4_e3m0},
};

TEST(Product, EveryPairOfCodesEqualsTheOracle) {
  for (const auto& [product, first, second] : accepted)
    for (const bool swapped : {false, true}) {
      const Format a = swapped ? second : first, b = swapped ? first : second;
      const luqsim::ProductTable table = luqsim::make_product_table(product, a, b);
      for (std::uint8_t i = 0; i < 16; ++i)
        for (std::uint8_t j = 0; j < 16; ++j) {
          const Rational x = oracle::value_of(book(a), i), y = oracle::value_of(book(b), j);
          const Rational expected = rounds_to_fp7(product) ? oracle::fp7_product(x, y) : Rational(x * y);
          EXPECT_EQ(Rational(table(i, j)), expected)
              << luqsim::name_of(product) << " " << luqsim::name_of(a) << " " << x << " x " << y;
        }
    }
}

TEST(Product, OnlyUint4InFp7IsInexact) {
  for (const auto& [product, a, b] : accepted) {
    const bool exact = !(rounds_to_fp7(product) && a == Format::uint4);
    const luqsim::ProductTable table = luqsim::make_product_table(product, a, b);
    EXPECT_EQ(table.exact, exact) << luqsim::name_of(product) << " " << luqsim::name_of(a);
    for (std::uint8_t i = 0; i < 16; ++i)
      for (std::uint8_t j = 0; j < 16; ++j) {
        const Rational x = oracle::value_of(book(a), i), y = oracle::value_of(book(b), j);
        // FP7 holds three significant bits: 9, 11, 13 and 15 are what it cannot.
        const bool differs = !exact && x > 8 && i % 2 == 1 && y != 0;
        EXPECT_EQ(Rational(table(i, j)) != Rational(x * y), differs) << x << " x " << y;
      }
  }
}

TEST(Product, AcceptsExactlyItsOperandFormatsInEitherOrder) {
  for (std::size_t p = 0; p < luqsim::EnumNames<Product>::names.size(); ++p)
    for (const luqsim::FormatInfo& a : luqsim::format_table)
      for (const luqsim::FormatInfo& b : luqsim::format_table) {
        const auto product = static_cast<Product>(p);
        const bool expected =
            accepted.count({product, a.format, b.format}) + accepted.count({product, b.format, a.format}) > 0;
        EXPECT_EQ(luqsim::accepts(product, a.format, b.format), expected)
            << luqsim::name_of(product) << " " << luqsim::name_of(a.format) << " " << luqsim::name_of(b.format);
        if (expected) continue;
        EXPECT_THROW(luqsim::make_product_table(product, a.format, b.format), std::invalid_argument);
      }
}

TEST(Product, CastsToFp7EqualTheOracle) {
  for (const Format f : {Format::int4, Format::uint4, Format::fp4_e3m0})
    for (std::uint8_t code = 0; code < 16; ++code)
      EXPECT_EQ(luqsim::cast_to_fp7(f, code), oracle::fp7_code(oracle::value_of(book(f), code)))
          << luqsim::name_of(f) << " " << int{code};
}

TEST(Product, EveryPairOfFp7CodesMultipliesAsTheOracle) {
  for (unsigned a = 0; a < 128; ++a)
    for (unsigned b = 0; b < 128; ++b) {
      const Rational x = oracle::value_of(book(Format::fp7_e4m2), a), y = oracle::value_of(book(Format::fp7_e4m2), b);
      const bool negative = ((a ^ b) & 64) != 0;
      const std::uint32_t expected = oracle::nearest_code(book(Format::fp7_e4m2), abs(Rational(x * y)), negative);
      EXPECT_EQ(luqsim::fp7_multiply(static_cast<std::uint8_t>(a), static_cast<std::uint8_t>(b)), expected)
          << x << " x " << y;
    }
}

// MF-BPROP's selects and exponent addition give the code that casting and multiplying would.
TEST(Product, MfBpropEqualsTheFp7Product) {
  for (const Format f : {Format::int4, Format::uint4})
    for (std::uint8_t i = 0; i < 16; ++i)
      for (std::uint8_t j = 0; j < 16; ++j) {
        const Rational product =
            oracle::fp7_product(oracle::value_of(book(f), i), oracle::value_of(book(Format::fp4_e3m0), j));
        EXPECT_EQ(luqsim::mf_bprop_multiply(f, i, j), oracle::fp7_code(product)) << int{i} << " x " << int{j};
      }
}

}  // namespace

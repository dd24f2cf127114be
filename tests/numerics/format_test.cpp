#include "luqsim/numerics/format.h"

#include <bit>
#include <cmath>
#include <limits>
#include <stdexcept>

#include <gtest/gtest.h>

#include "oracle/format.h"
#include "sampling.h"

namespace {

using luqsim::Format;
using oracle::CodeBook;
using oracle::Decoded;
constexpr double infinity = std::numeric_limits<double>::infinity();

Format format_of(const CodeBook& book) { return luqsim::from_name<Format>(book.name).value(); }
bool is_unsigned_scale(const CodeBook& book) { return book.name == "e8m0"; }

// What encode must give for any value but NaN.
std::uint32_t expected_code(const CodeBook& book, double value) {
  const bool negative = std::signbit(value);
  if (book.sign_bit == 0 && negative) return 0;  // uint4
  const double magnitude = std::isinf(value) ? 0x1p1000 : std::fabs(value);
  return oracle::nearest_code(book, oracle::exact(magnitude), negative);
}

void expect_encodes(const CodeBook& book, double value) {
  if (is_unsigned_scale(book) && value <= 0) return;
  EXPECT_EQ(luqsim::encode(format_of(book), value), expected_code(book, value))
      << book.name << " " << std::hexfloat << value;
}

void expect_encodes_around(const CodeBook& book, double value) {
  for (const double v : {value, std::nextafter(value, infinity), std::nextafter(value, -infinity)}) {
    expect_encodes(book, v);
    expect_encodes(book, -v);
  }
}

TEST(Format, NamesAreUniqueAndRoundTrip) {
  for (std::size_t i = 0; i < luqsim::format_table.size(); ++i) {
    const auto format = static_cast<Format>(i);
    EXPECT_EQ(luqsim::format_table[i].format, format);
    EXPECT_EQ(luqsim::from_name<Format>(luqsim::name_of(format)), format);
  }
  EXPECT_EQ(luqsim::from_name<Format>("int5"), std::nullopt);
  EXPECT_EQ(luqsim::name_list<Format>().substr(0, 12), "int4, uint4,");
}

TEST(Format, EveryCodeDecodesToItsDefinition) {
  for (const CodeBook& book : oracle::code_books()) {
    const Format format = format_of(book);
    ASSERT_EQ(book.codes.size(), std::size_t{1} << luqsim::format_info(format).bits) << book.name;
    for (std::uint32_t code = 0; code < book.codes.size(); ++code) {
      const Decoded& expected = book.codes[code];
      const double value = luqsim::decode(format, code);
      SCOPED_TRACE(testing::Message() << book.name << " code " << code << " value " << value);
      ASSERT_EQ(std::isnan(value), expected.kind == Decoded::Kind::nan);
      if (std::isnan(value)) continue;
      ASSERT_EQ(std::signbit(value), expected.negative);
      ASSERT_EQ(std::isinf(value), expected.kind == Decoded::Kind::infinity);
      if (std::isinf(value)) continue;
      ASSERT_EQ(oracle::exact(std::fabs(value)), expected.magnitude);
      ASSERT_EQ(luqsim::decode(format, code | static_cast<std::uint32_t>(book.codes.size())), value);
    }
  }
}

TEST(Format, MaximumIsTheLargestFiniteValue) {
  for (const CodeBook& book : oracle::code_books()) {
    oracle::Rational largest = 0;
    for (const Decoded& d : book.codes)
      if (d.kind == Decoded::Kind::finite && !(book.two_complement && d.negative))
        largest = std::max(largest, d.magnitude);
    EXPECT_EQ(oracle::exact(luqsim::format_info(format_of(book)).max), largest) << book.name;
  }
  EXPECT_EQ(luqsim::format_info(Format::fp32).max, std::numeric_limits<float>::max());
}

TEST(Format, EncodingADecodedCodeGivesTheCanonicalCode) {
  for (const CodeBook& book : oracle::code_books()) {
    const Format format = format_of(book);
    for (std::uint32_t code = 0; code < book.codes.size(); ++code) {
      const double value = luqsim::decode(format, code);
      if (std::isnan(value)) {
        EXPECT_TRUE(std::isnan(luqsim::decode(format, luqsim::encode(format, value)))) << book.name << " " << code;
        continue;
      }
      std::uint32_t canonical = code;
      if (format == Format::int4 && code == 8) canonical = 9;                     // -8 becomes -7
      if (format == Format::int8 && code == 128) canonical = 129;                 // -128 becomes -127
      if (format == Format::fp4_e3m0 && code == 8) canonical = 0;                 // one zero
      if (format == Format::fp8_e5m2 && std::isinf(value)) canonical = code - 1;  // saturates
      EXPECT_EQ(luqsim::encode(format, value), canonical) << book.name;
    }
  }
}

TEST(Format, RoundsToNearestEvenAtEveryMidpointAndNeighbour) {
  for (const CodeBook& book : oracle::code_books()) {
    const std::size_t magnitudes = book.sign_bit == 0 ? book.codes.size() : book.sign_bit;
    for (std::uint32_t code = 0; code + 1 < magnitudes; ++code) {
      if (book.codes[code + 1].kind != Decoded::Kind::finite) break;
      const double low = luqsim::decode(format_of(book), code), high = luqsim::decode(format_of(book), code + 1);
      expect_encodes_around(book, low);
      expect_encodes_around(book, low + (high - low) / 2);
    }
  }
}

TEST(Format, OverflowSaturatesOrBecomesInfinity) {
  for (const CodeBook& book : oracle::code_books()) {
    const double max = luqsim::format_info(format_of(book)).max;
    const std::uint32_t max_code = luqsim::encode(format_of(book), max);
    const double last_step = max - luqsim::decode(format_of(book), max_code - 1);
    for (const double v : {max, max + last_step / 4, max + last_step / 2, max + last_step, 2 * max, 0x1p900})
      expect_encodes_around(book, v);
    expect_encodes(book, infinity);
    expect_encodes(book, -infinity);
  }
  EXPECT_EQ(luqsim::encode(Format::fp16, 65520.0), 0x7C00U);
  EXPECT_EQ(luqsim::encode(Format::fp16, 65519.99), 0x7BFFU);
  EXPECT_EQ(luqsim::encode(Format::fp8_e4m3, 1e9), 0x7EU);
  EXPECT_EQ(luqsim::encode(Format::int4, -100.0), 9U);
}

TEST(Format, UnderflowKeepsTheSignOfZeroWhereTheFormatHasIt) {
  for (const CodeBook& book : oracle::code_books())
    for (const double v : {0.0, 5e-324, 0x1p-1022, 0x1p-151, 0x1p-20}) {
      expect_encodes(book, v);
      expect_encodes(book, -v);
    }
  EXPECT_EQ(luqsim::encode(Format::fp4_e3m0, -0.0), 0U);
  EXPECT_EQ(luqsim::encode(Format::fp4_e3m0, -0.5), 0U);
  EXPECT_EQ(luqsim::encode(Format::fp4_e2m1, -0.0), 8U);
  EXPECT_EQ(luqsim::encode(Format::int4, -0.0), 0U);
}

TEST(Format, WhatAFormatCannotHoldThrows) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const Format f :
       {Format::int4, Format::uint4, Format::int8, Format::fp4_e3m0, Format::fp4_e2m1, Format::fp7_e4m2})
    EXPECT_THROW(luqsim::encode(f, nan), std::domain_error) << luqsim::name_of(f);
  for (const Format f : {Format::fp8_e4m3, Format::fp8_e5m2, Format::e8m0, Format::fp16, Format::bf16, Format::fp32})
    EXPECT_TRUE(std::isnan(luqsim::decode(f, luqsim::encode(f, nan)))) << luqsim::name_of(f);
  for (const double v : {0.0, -0.0, -1.0, -infinity}) EXPECT_THROW(luqsim::encode(Format::e8m0, v), std::domain_error);
}

TEST(Format, RandomValuesWeightedTowardBoundaries) {
  sampling::Source source(11);
  for (const CodeBook& book : oracle::code_books())
    for (int i = 0; i < 20000; ++i) {
      const double v = source.finite_float();
      expect_encodes(book, v);
      if (i % 4 == 0) expect_encodes_around(book, v);
    }
}

std::uint32_t binary32_code(double value) {
  const float magnitude = oracle::round_binary32(oracle::exact(std::fabs(value)));
  return std::bit_cast<std::uint32_t>(std::signbit(value) ? -magnitude : magnitude);
}

TEST(Format, Binary32IsTheMachinesOwn) {
  sampling::Source source(12);
  for (int i = 0; i < 50000; ++i) {
    const auto code = static_cast<std::uint32_t>(source.bits());
    const auto value = std::bit_cast<float>(code);
    if (std::isnan(value)) continue;
    EXPECT_EQ(luqsim::decode(Format::fp32, code), double{value});
    EXPECT_EQ(luqsim::encode(Format::fp32, value), code);
    const double between = source.finite_float() * (1.0 + std::ldexp(static_cast<double>(source.below(1U << 30)), -53));
    EXPECT_EQ(luqsim::encode(Format::fp32, between), binary32_code(between)) << std::hexfloat << between;
  }
  for (const double midpoint :
       {0x1.000001p0, 0x1.000003p0, 0x1p-150, 0x1.8p-149, 0x1.ffffffp127, 0x1.fffffefffffffp127})
    EXPECT_EQ(luqsim::encode(Format::fp32, midpoint), binary32_code(midpoint)) << std::hexfloat << midpoint;
}

TEST(Format, CodesPrintInHexadecimalWithTheirValue) {
  EXPECT_EQ(luqsim::print_code(Format::fp4_e3m0, 0x9), "0x9 (-1)");
  EXPECT_EQ(luqsim::print_code(Format::fp8_e4m3, 0x7E), "0x7e (448)");
  EXPECT_EQ(luqsim::print_code(Format::bf16, 0x3F80), "0x3f80 (1)");
}

}  // namespace

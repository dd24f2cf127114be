#include <bit>
#include <cmath>
#include <limits>
#include <set>

#include <gtest/gtest.h>

#include "luqsim/vectors/vectors.h"

#include "oracle/format.h"
#include "temporary_folder.h"
#include "vector_reader.h"

namespace luqsim {
namespace {

using oracle::CodeBook;
using test::VectorCase;
using test::VectorReader;
using Kind = oracle::Decoded::Kind;

std::vector<std::uint16_t> codes_of(const VectorCase& c, const std::string& name) {
  if (c.number("bits") > 8) return c.values<std::uint16_t>(name, "U16");
  const std::vector<std::uint8_t> bytes = c.bytes(name);
  return {bytes.begin(), bytes.end()};
}

void expect_values(const VectorCase& c, const CodeBook& book) {
  const std::vector<std::uint16_t> codes = codes_of(c, "codes");
  const std::vector<float> values = c.floats("values");
  ASSERT_EQ(codes.size(), book.codes.size());
  ASSERT_EQ(values.size(), book.codes.size());
  for (std::size_t i = 0; i < codes.size(); ++i) {
    ASSERT_EQ(codes[i], i);
    const oracle::Decoded& d = book.codes[i];
    if (d.kind == Kind::nan) {
      ASSERT_TRUE(std::isnan(values[i])) << i;
      continue;
    }
    const float magnitude =
        d.kind == Kind::infinity ? std::numeric_limits<float>::infinity() : oracle::round_binary32(d.magnitude);
    // The zero of fp4_e3m0 with a sign bit decodes to -0.
    ASSERT_EQ(std::fabs(values[i]), magnitude) << i;
    ASSERT_EQ(std::signbit(values[i]), d.negative) << i;
    if (d.kind == Kind::finite) {
      ASSERT_EQ(oracle::exact(magnitude), d.magnitude) << i;
    }
  }
}

// The encoder's answer; `step` of the inputs, those of the 16-bit formats are many.
void expect_encoded(const VectorCase& c, const CodeBook& book, std::size_t step) {
  const std::vector<float> inputs = c.floats("inputs");
  const std::vector<std::uint16_t> encoded = codes_of(c, "encoded");
  ASSERT_EQ(encoded.size(), inputs.size());
  std::uint32_t infinity_code = 0;
  for (std::uint32_t code = 0; code < book.codes.size(); ++code)
    if (book.codes[code].kind == Kind::infinity && !book.codes[code].negative) infinity_code = code;
  for (std::size_t i = 0; i < inputs.size(); i += step) {
    const bool negative = std::signbit(inputs[i]);
    if (std::isnan(inputs[i])) {
      ASSERT_EQ(book.codes[encoded[i]].kind, Kind::nan);
    } else if (std::isinf(inputs[i]) && book.overflows_to_infinity) {
      ASSERT_EQ(encoded[i], infinity_code | (negative ? book.sign_bit : 0U));
    } else {
      const oracle::Rational magnitude =
          std::isinf(inputs[i]) ? oracle::power_of_two(300) : oracle::exact(std::fabs(inputs[i]));
      const std::uint32_t wanted = book.sign_bit == 0 && negative ? 0 : nearest_code(book, magnitude, negative);
      ASSERT_EQ(encoded[i], wanted) << inputs[i];
    }
  }
}

class FormatVectors : public testing::Test {
 protected:
  VectorReader written(const std::vector<Format>& formats, std::uint32_t cases) const {
    write_format_vectors({folder_ / "v", cases, 5}, formats);
    return VectorReader(folder_ / "v");
  }
  test::TemporaryFolder folder_;
};

TEST_F(FormatVectors, EqualTheOracle) {
  const VectorReader reader =
      written({Format::int4, Format::uint4, Format::fp4_e3m0, Format::fp4_e2m1, Format::fp7_e4m2, Format::fp8_e4m3,
               Format::fp8_e5m2, Format::e8m0, Format::fp16, Format::bf16, Format::int8},
              200);
  EXPECT_EQ(reader.cases().size(), oracle::code_books().size());
  for (const VectorCase& c : reader.cases()) {
    SCOPED_TRACE(c.text("case"));
    const CodeBook& book = oracle::code_book(c.text("case"));
    ASSERT_EQ(std::size_t{1} << c.number("bits"), book.codes.size());
    ASSERT_NO_FATAL_FAILURE(expect_values(c, book));
    ASSERT_NO_FATAL_FAILURE(expect_encoded(c, book, c.number("bits") > 8 ? 7 : 1));
  }
}

// Among the inputs are every tie, the edges of overflow, both zeros and what is not a number.
TEST_F(FormatVectors, InputsReachTheEdges) {
  const VectorReader reader = written({Format::fp8_e4m3, Format::fp16, Format::int4}, 0);
  const std::vector<VectorCase> cases = reader.cases();
  const auto inputs_of = [&](std::size_t i) {
    std::set<std::uint32_t> bits;
    for (const float v : cases[i].floats("inputs")) bits.insert(std::bit_cast<std::uint32_t>(v));
    return bits;
  };
  const auto has = [](const std::set<std::uint32_t>& bits, float v) {
    return bits.contains(std::bit_cast<std::uint32_t>(v));
  };
  const auto fp8 = inputs_of(0), fp16 = inputs_of(1), int4 = inputs_of(2);
  for (const float v : {0.0F, -0.0F, 448.0F, 464.0F, std::nextafter(464.0F, 500.0F), 1.0625F, 0x1p-10F, 0x1.8p-9F,
                        -INFINITY, 0x1p-149F})
    EXPECT_TRUE(has(fp8, v)) << v;
  for (const float v : {65504.0F, 65520.0F, std::nextafter(65520.0F, 0.0F), 0x1p-25F, -0x1p-25F, 1 + 0x1p-11F})
    EXPECT_TRUE(has(fp16, v)) << v;
  for (const float v : {6.5F, -6.5F, 7.5F, -7.5F, 0.5F, -8.0F, std::nextafter(0.5F, 1.0F)})
    EXPECT_TRUE(has(int4, v)) << v;
  for (const float v : cases[2].floats("inputs")) EXPECT_FALSE(std::isnan(v));  // int4 has no code for it
}

TEST_F(FormatVectors, RefusesFp32) {
  EXPECT_THROW(written({Format::fp32}, 1), std::invalid_argument);
  EXPECT_TRUE(folder_.files().empty());
}

}  // namespace
}  // namespace luqsim

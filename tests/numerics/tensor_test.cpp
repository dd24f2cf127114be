#include "luqsim/numerics/tensor.h"

#include <cstdlib>
#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "oracle/format.h"
#include "oracle/product.h"
#include "sampling.h"

namespace {

using luqsim::CodeTensor;
using luqsim::CodeView;
using luqsim::Format;
using sampling::Source;
constexpr Format packed_formats[] = {Format::int4, Format::uint4, Format::fp4_e3m0};

int value_of_code(Format format, std::uint32_t code) {
  return static_cast<int>(oracle::value_of(oracle::code_book(std::string(luqsim::name_of(format))), code));
}

// A tensor of random codes, the -8 of int4 and the second zero of fp4_e3m0 included, with rubbish in the padding.
CodeTensor random_codes(Source& source, Format format, std::size_t rows, std::size_t cols) {
  CodeTensor t{format, rows, cols, std::vector<std::uint8_t>(rows * luqsim::packed_row_bytes(cols))};
  for (std::uint8_t& byte : t.bytes) byte = static_cast<std::uint8_t>(source.bits());
  return t;
}

unsigned code_at(const CodeTensor& t, std::size_t row, std::size_t col) {
  const unsigned byte = t.bytes[row * ((t.cols + 1) / 2) + col / 2];
  return col % 2 == 0 ? byte % 16 : byte / 16;
}

TEST(Tensor, EvenColumnsLieInTheLowNibbleAndRowsArePadded) {
  const std::vector<std::int8_t> levels{1, 2, 3, -1, -2, -3};
  EXPECT_EQ(luqsim::pack_levels(Format::int4, 2, 3, levels).bytes, (std::vector<std::uint8_t>{0x21, 0x03, 0xEF, 0x0D}));
  EXPECT_EQ(luqsim::pack_levels(Format::fp4_e3m0, 2, 3, levels).bytes,
            (std::vector<std::uint8_t>{0x21, 0x03, 0xA9, 0x0B}));
  EXPECT_EQ(luqsim::pack_levels(Format::uint4, 1, 4, std::vector<std::int8_t>{15, 0, 8, 9}).bytes,
            (std::vector<std::uint8_t>{0x0F, 0x98}));
}

TEST(Tensor, EveryLevelPacksToItsCode) {
  for (int level = -7; level <= 15; ++level) {
    const std::vector<std::int8_t> one{static_cast<std::int8_t>(level)};
    if (level >= 0) {
      EXPECT_EQ(luqsim::pack_levels(Format::uint4, 1, 1, one).bytes[0], level);
    }
    if (level > 7) continue;
    const unsigned fp4 = level < 0 ? 8U + static_cast<unsigned>(-level) : static_cast<unsigned>(level);
    EXPECT_EQ(luqsim::pack_levels(Format::fp4_e3m0, 1, 1, one).bytes[0], fp4);
    EXPECT_EQ(luqsim::pack_levels(Format::int4, 1, 1, one).bytes[0], static_cast<unsigned>(level) & 0xFU);
  }
}

RC_GTEST_PROP(Tensor, PackedLevelsDecodeToTheirValues, ()) {
  const auto rows = *rc::gen::inRange<std::size_t>(0, 9), cols = *rc::gen::inRange<std::size_t>(0, 150);
  const auto format = *rc::gen::elementOf(std::vector<Format>(std::begin(packed_formats), std::end(packed_formats)));
  Source source(*rc::gen::arbitrary<std::uint64_t>());
  std::vector<std::int8_t> levels(rows * cols), values;
  for (std::int8_t& level : levels) {
    level = static_cast<std::int8_t>(format == Format::uint4 ? source.between(0, 15) : source.between(-7, 7));
    const int power = level == 0 ? 0 : 1 << (std::abs(level) - 1);
    values.push_back(format == Format::fp4_e3m0 ? static_cast<std::int8_t>(level < 0 ? -power : power) : level);
  }
  const CodeTensor t = luqsim::pack_levels(format, rows, cols, levels);
  RC_ASSERT(t.rows == rows && t.cols == cols && t.format == format);
  RC_ASSERT(luqsim::decode_values(t.view()) == values);
}

TEST(Tensor, DecodesRowsFromEveryOffset) {
  Source source(51);
  for (const Format format : packed_formats)
    for (const std::size_t cols : {1U, 2U, 5U, 16U, 67U, 130U}) {
      const CodeTensor t = random_codes(source, format, 3, cols);
      for (std::size_t row = 0; row < 3; ++row)
        for (std::size_t first = 0; first < cols; ++first)
          for (std::size_t count = 0; first + count <= cols; count += count < 4 ? 1 : 13) {
            std::vector<std::int8_t> out(count + 1, 99);
            luqsim::decode_row(t.view(), row, first, std::span(out.data(), count));
            ASSERT_EQ(out[count], 99) << "wrote past the end";
            for (std::size_t i = 0; i < count; ++i)
              ASSERT_EQ(out[i], value_of_code(format, code_at(t, row, first + i))) << first << " + " << i;
          }
    }
}

TEST(Tensor, CodeAndDecodeValuesReadEveryElement) {
  Source source(52);
  for (const Format format : packed_formats)
    for (const std::size_t cols : {1U, 3U, 64U, 65U}) {
      const CodeTensor t = random_codes(source, format, 5, cols);
      const std::vector<std::int8_t> values = luqsim::decode_values(t.view());
      ASSERT_EQ(values.size(), 5 * cols);
      for (std::size_t i = 0; i < values.size(); ++i) {
        ASSERT_EQ(t.view().code(i / cols, i % cols), code_at(t, i / cols, i % cols));
        ASSERT_EQ(values[i], value_of_code(format, code_at(t, i / cols, i % cols)));
      }
    }
}

TEST(Tensor, DequantizedElementsAreValuesTimesTheScaleRounded) {
  Source source(53);
  for (const Format format : packed_formats)
    for (const auto& [rows, cols] :
         {std::pair<std::size_t, std::size_t>{5, 65}, {2, 4099}, {1, 8192}, {3, 0}, {0, 3}}) {
      const CodeTensor t = random_codes(source, format, rows, cols);
      const float scale = source.float_near(0.1F, 3);
      std::vector<float> x(rows * cols);
      luqsim::dequantize(t.view(), scale, x);
      for (std::size_t i = 0; i < x.size(); ++i) {
        const int value = value_of_code(format, code_at(t, i / cols, i % cols));
        ASSERT_EQ(x[i], oracle::round_binary32(oracle::exact(scale) * value)) << i;
      }
    }
}

// No elements, whatever the number of rows.
TEST(Tensor, MatricesWithoutColumnsHaveNoValues) {
  const CodeView none{Format::int4, std::size_t{1} << 60, 0, {}};
  EXPECT_TRUE(luqsim::decode_values(none).empty());
  EXPECT_NO_THROW(luqsim::dequantize(none, 1, {}));
}

TEST(Tensor, RejectsWrongSizesAndFormatsWithoutIntegerValues) {
  EXPECT_THROW(luqsim::pack_levels(Format::int4, 2, 3, std::vector<std::int8_t>(5)), std::invalid_argument);
  EXPECT_THROW(luqsim::pack_levels(Format::fp8_e4m3, 1, 2, std::vector<std::int8_t>(2)), std::invalid_argument);
  const std::vector<std::uint8_t> bytes(2);
  std::vector<std::int8_t> out(2);
  for (const std::size_t cols : {1U, 2U}) {
    const CodeView view{Format::fp4_e2m1, 2, cols, bytes};
    EXPECT_THROW(luqsim::decode_row(view, 0, 0, std::span(out).first(cols)), std::invalid_argument);
    EXPECT_THROW(luqsim::decode_values(view), std::invalid_argument);
  }
  std::vector<float> x(3);
  EXPECT_THROW(luqsim::dequantize({Format::int4, 2, 2, bytes}, 1, x), std::invalid_argument);
}

TEST(CodePacker, RunsOfAnyLengthGiveTheSameTensor) {
  Source source(31);
  for (const Format format : packed_formats)
    for (const std::size_t cols : {1, 2, 3, 8, 13, 64})
      for (const std::size_t rows : {1, 2, 7}) {
        std::vector<std::int8_t> levels(rows * cols);
        for (std::int8_t& level : levels)
          level = static_cast<std::int8_t>(format == Format::uint4 ? source.bits() % 16
                                                                   : static_cast<int>(source.bits() % 15) - 7);
        luqsim::CodePacker packer(format, rows, cols);
        for (std::size_t done = 0; done < levels.size();) {
          const std::size_t count = std::min<std::size_t>(source.bits() % 9, levels.size() - done);
          packer.add(std::span(levels).subspan(done, count));
          done += count;
        }
        EXPECT_EQ(packer.take().bytes, luqsim::pack_levels(format, rows, cols, levels).bytes) << rows << " x " << cols;
      }
  luqsim::CodePacker full(Format::int4, 1, 2);
  full.add(std::vector<std::int8_t>{1, 2});
  EXPECT_THROW(full.add(std::vector<std::int8_t>{1, 2}), std::invalid_argument);
}

}  // namespace

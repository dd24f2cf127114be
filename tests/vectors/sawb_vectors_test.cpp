#include <cmath>
#include <set>

#include <gtest/gtest.h>

#include "luqsim/vectors/vectors.h"

#include "oracle/sawb.h"
#include "temporary_folder.h"
#include "vector_reader.h"

namespace luqsim {
namespace {

using test::VectorCase;
using test::VectorReader;

void expect_case(const VectorCase& c) {
  SCOPED_TRACE(c.text("case") + " " + c.text("title"));
  const std::vector<float> x = c.floats("x");
  const std::uint64_t rows = c.number("rows"), cols = c.number("cols");
  for (std::size_t i = 0; i < x.size(); ++i)
    if (!std::isfinite(x[i])) {
      ASSERT_EQ(c.text("status"), "non_finite");
      ASSERT_EQ(c.number("first_non_finite"), i);
      ASSERT_FALSE(c.has("codes"));
      return;
    }
  ASSERT_EQ(c.text("status"), "ok");
  const bool is_signed = c.text("format") == "int4";
  const float maximum = oracle::max_magnitude(x);
  const oracle::SawbSettings settings{is_signed, c.parameters().at("c1").to_number<double>(),
                                      c.parameters().at("c2").to_number<double>()};
  const float scale = oracle::sawb_scale(x, settings);
  ASSERT_EQ(c.floats("max_abs"), std::vector{maximum});
  ASSERT_EQ(c.floats("scale"), std::vector{scale});
  ASSERT_EQ(c.has("moments"), maximum >= 0x1p-120F);
  if (c.has("moments")) {
    const oracle::Moments moments = oracle::sawb_moments(x, maximum);
    const auto given = c.values<std::uint64_t>("moments", "U64");
    ASSERT_EQ(oracle::Integer(given.at(0)), moments.sum);
    ASSERT_EQ(oracle::Integer(given.at(1)), moments.sum_of_squares);
  }
  const auto levels = c.values<std::int8_t>("levels", "I8");
  const std::vector<std::uint8_t> codes = c.bytes("codes");
  ASSERT_EQ(levels.size(), x.size());
  ASSERT_EQ(codes.size(), rows * ((cols + 1) / 2));
  for (std::uint64_t i = 0; i < x.size(); ++i) {
    const int level = oracle::sawb_level(x[i], scale, is_signed);
    ASSERT_EQ(levels[i], level) << i << ": " << x[i];
    ASSERT_EQ(test::nibble(codes, cols, i / cols, i % cols), static_cast<unsigned>(level & 15)) << i;
  }
}

class SawbVectors : public testing::Test {
 protected:
  VectorReader written(const std::vector<SawbConfig>& configs, std::uint32_t cases) const {
    write_sawb_vectors({folder_ / "v", cases, 9}, configs);
    return VectorReader(folder_ / "v");
  }
  test::TemporaryFolder folder_;
};

TEST_F(SawbVectors, EqualTheOracle) {
  const VectorReader reader = written({{Format::int4},
                                       {Format::uint4},
                                       {.format = Format::int4, .c1 = 12.68, .c2 = 12.80},
                                       {.format = Format::uint4, .c1 = 2, .c2 = 0}},
                                      12);
  EXPECT_EQ(reader.metadata().at("luqvectors.kind"), "sawb");
  std::set<std::string> formats;
  for (const VectorCase& c : reader.cases()) {
    formats.insert(c.text("format"));
    ASSERT_NO_FATAL_FAILURE(expect_case(c));
  }
  EXPECT_EQ(formats, (std::set<std::string>{"int4", "uint4"}));
}

TEST_F(SawbVectors, TiesAreAtAScaleOfOneAndOutliersClip) {
  const VectorReader reader = written({{Format::int4}, {Format::uint4}}, 0);
  int edges = 0, outliers = 0;
  for (const VectorCase& c : reader.cases()) {
    if (c.text("title") == "every level and every tie, at a scale of 1") {
      EXPECT_EQ(c.floats("scale"), std::vector{1.0F});
      ++edges;
    }
    if (c.text("title") == "outliers above the clip") {
      const float top = c.text("format") == "int4" ? 7 : 15;
      EXPECT_LT(c.floats("scale")[0] * top, 0.9F * c.floats("max_abs")[0]);
      ++outliers;
    }
  }
  EXPECT_EQ(edges, 2);
  EXPECT_EQ(outliers, 2);
}

TEST_F(SawbVectors, TheSameBytesEveryTime) {
  written({{Format::int4}}, 10);
  const std::string first = test::read_file(folder_ / "v");
  written({{Format::int4}}, 10);
  EXPECT_EQ(test::read_file(folder_ / "v"), first);
}

TEST_F(SawbVectors, RefusesOtherFormatsAndConstants) {
  EXPECT_THROW(written({{Format::fp4_e3m0}}, 1), std::invalid_argument);
  EXPECT_THROW(written({{.c1 = NAN}}, 1), std::invalid_argument);
  EXPECT_TRUE(folder_.files().empty());
}

}  // namespace
}  // namespace luqsim

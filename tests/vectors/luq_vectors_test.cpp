#include <bit>
#include <cmath>
#include <set>

#include <gtest/gtest.h>

#include "luqsim/vectors/vectors.h"

#include "oracle/luq.h"
#include "temporary_folder.h"
#include "vector_reader.h"

namespace luqsim {
namespace {

using test::VectorCase;
using test::VectorReader;

oracle::LuqSettings settings_of(const VectorCase& c) {
  const std::map<std::string, oracle::LuqRounding> roundings{{"luq", oracle::LuqRounding::luq},
                                                             {"rdnp", oracle::LuqRounding::rdnp},
                                                             {"rdnp+su", oracle::LuqRounding::rdnp_su},
                                                             {"sr", oracle::LuqRounding::sr},
                                                             {"int4_sr", oracle::LuqRounding::int4_sr}};
  return {roundings.at(c.text("rounding")), c.text("alpha") == "pow2", static_cast<int>(c.number("top_exponent")),
          static_cast<int>(c.number("random_bits")), c.number("reuse")};
}

std::vector<std::uint16_t> lanes_of(const VectorCase& c) { return c.values<std::uint16_t>("lanes", "U16"); }

bool has_stream(const VectorCase& c) { return c.parameters().contains("stream"); }

void expect_lanes_of_the_stream(const VectorCase& c) {
  if (!has_stream(c)) return;
  const boost::json::value& s = c.parameters().at("stream");
  const auto number = [&](const char* key) { return s.at(key).to_number<std::uint64_t>(); };
  const oracle::Stream stream{number("seed"), number("tensor"), number("step") / c.number("reuse"), number("sample")};
  const std::vector<std::uint16_t> lanes = lanes_of(c);
  for (std::size_t i = 0; i < lanes.size(); ++i) ASSERT_EQ(lanes[i], oracle::random16(stream, i)) << i;
}

// Level by level from the numbers in the file.
void expect_levels(const VectorCase& c) {
  const oracle::LuqSettings settings = settings_of(c);
  const std::vector<float> x = c.floats("x");
  const std::vector<std::uint16_t> lanes = lanes_of(c);
  float maximum = 0;
  for (const float v : x) maximum = std::max(maximum, std::fabs(v));
  ASSERT_EQ(c.floats("max_abs"), std::vector{maximum});
  const oracle::LuqUnits units = oracle::luq_units(c.has("estimate") ? c.floats("estimate")[0] : maximum, settings);
  ASSERT_EQ(c.floats("alpha"), std::vector{units.alpha});
  ASSERT_EQ(c.floats("inverse"), std::vector{units.inverse});
  const auto levels = c.values<std::int8_t>("levels", "I8");
  ASSERT_EQ(levels.size(), x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const int level = units.alpha == 0 ? 0
                                       : oracle::luq_level(oracle::luq_ratio(x[i], units.inverse),
                                                           lanes[i] >> (16 - settings.bits), settings);
    ASSERT_EQ(levels[i], std::signbit(x[i]) ? -level : level) << i << ": " << x[i];
  }
}

void expect_codes(const VectorCase& c) {
  const bool int4 = c.text("rounding") == "int4_sr";
  ASSERT_EQ(c.text("format"), int4 ? "int4" : "fp4_e3m0");
  ASSERT_EQ(c.has("codes"), int4 || c.number("top_exponent") <= 6);
  if (!c.has("codes")) return;
  const auto levels = c.values<std::int8_t>("levels", "I8");
  const std::vector<std::uint8_t> codes = c.bytes("codes");
  const std::uint64_t rows = c.number("rows"), cols = c.number("cols");
  ASSERT_EQ(codes.size(), rows * ((cols + 1) / 2));
  for (std::uint64_t row = 0; row < rows; ++row)
    for (std::uint64_t col = 0; col < cols + cols % 2; ++col) {
      const int level = col < cols ? levels[row * cols + col] : 0;
      const int wanted = int4 || level >= 0 ? level & 15 : 8 - level;
      ASSERT_EQ(test::nibble(codes, cols, row, col), static_cast<unsigned>(wanted)) << row << ", " << col;
    }
}

void expect_case(const VectorCase& c) {
  SCOPED_TRACE(c.text("case") + " " + c.text("title"));
  const std::vector<float> x = c.floats("x");
  const std::vector<std::uint64_t> shape{c.number("rows"), c.number("cols")};
  ASSERT_EQ(c.tensor("x").shape, shape);
  ASSERT_EQ(c.tensor("lanes").shape, shape);
  ASSERT_EQ(x.size(), shape[0] * shape[1]);
  ASSERT_NO_FATAL_FAILURE(expect_lanes_of_the_stream(c));
  for (std::size_t i = 0; i < x.size(); ++i)
    if (!std::isfinite(x[i])) {
      ASSERT_EQ(c.text("status"), "non_finite");
      ASSERT_EQ(c.number("first_non_finite"), i);
      for (const char* tensor : {"max_abs", "alpha", "inverse", "levels", "codes"}) ASSERT_FALSE(c.has(tensor));
      return;
    }
  ASSERT_EQ(c.text("status"), "ok");
  ASSERT_NO_FATAL_FAILURE(expect_levels(c));
  ASSERT_NO_FATAL_FAILURE(expect_codes(c));
}

class LuqVectors : public testing::Test {
 protected:
  VectorReader written(const std::vector<LuqConfig>& configs, std::uint32_t cases) const {
    const std::size_t count = write_luq_vectors({folder_ / "v", cases, 7}, configs);
    VectorReader reader(folder_ / "v");
    EXPECT_EQ(reader.cases().size(), count);
    EXPECT_EQ(reader.metadata().at("luqvectors.version"), "1");
    EXPECT_EQ(reader.metadata().at("luqvectors.kind"), "luq");
    EXPECT_EQ(reader.metadata().at("luqvectors.seed"), "7");
    return reader;
  }

  test::TemporaryFolder folder_;
};

TEST_F(LuqVectors, EveryOptionEqualsTheOracle) {
  std::vector<LuqConfig> configs;
  for (const Rounding rounding : {Rounding::luq, Rounding::rdnp, Rounding::rdnp_su, Rounding::sr})
    for (const Alpha alpha : {Alpha::max, Alpha::pow2})
      for (const int top : {4, 6, 7}) configs.push_back({rounding, alpha, top, top == 4 ? 8 : 16, 1});
  configs.push_back({.rounding = Rounding::int4_sr});
  configs.push_back({.random_bits = 1});
  configs.push_back({.rounding = Rounding::int4_sr, .random_bits = 1});
  configs.push_back({.reuse = 5});
  constexpr std::size_t random = 6, corners = 36, corners_with_given_numbers = 3;
  const VectorReader reader = written(configs, random);
  std::size_t streams = 0;
  for (const VectorCase& c : reader.cases()) {
    ASSERT_NO_FATAL_FAILURE(expect_case(c));
    streams += has_stream(c) ? 1 : 0;
  }
  EXPECT_EQ(reader.cases().size(), configs.size() * (corners + random));
  EXPECT_EQ(streams, configs.size() * (corners + random - corners_with_given_numbers));
}

TEST_F(LuqVectors, HasTheCasesThatGoWrong) {
  const VectorReader reader = written({{}}, 0);
  std::set<std::string> titles;
  std::set<std::uint64_t> widths;
  int non_finite = 0, clipped = 0, below = 0;
  for (const VectorCase& c : reader.cases()) {
    EXPECT_TRUE(titles.insert(c.text("title")).second) << c.text("title");
    widths.insert(c.number("cols"));
    if (c.text("status") == "non_finite") {
      ++non_finite;
      continue;
    }
    const float maximum = c.floats("max_abs")[0];
    if (c.text("title") == "a maximum just below 2^-120") {
      EXPECT_EQ(std::nextafter(maximum, 1.0F), 0x1p-120F);
      EXPECT_EQ(c.floats("alpha")[0], 0.0F);
    }
    if (c.text("title") == "a maximum of 2^-120") {
      EXPECT_EQ(maximum, 0x1p-120F);
      EXPECT_EQ(c.floats("alpha")[0], 0x1p-126F);
    }
    if (c.text("title") == "the maximum in the last element") {
      EXPECT_EQ(std::fabs(c.floats("x").back()), maximum);
      EXPECT_EQ(c.floats("x").size() % 8, 5U);
    }
    if (c.has("estimate") && c.floats("estimate")[0] < maximum) ++clipped;
    if (c.floats("alpha")[0] == 0 && maximum > 0) ++below;
  }
  for (const char* title : {"a zero", "one element", "a constant", "subnormals only", "no elements",
                            "the maximum in the last element", "edges of every level, and values above the estimate"})
    EXPECT_TRUE(titles.contains(title)) << title;
  EXPECT_EQ(non_finite, 5);
  EXPECT_GE(clipped, 4);
  EXPECT_GE(below, 3);
  EXPECT_TRUE(widths.contains(1) && widths.contains(9) && widths.contains(1001));
}

// At a tie the number just rounds up; a unit in the last place below it does not.
TEST_F(LuqVectors, TiesAreTies) {
  const VectorReader reader = written({{}, {.rounding = Rounding::int4_sr, .random_bits = 8}}, 0);
  int ties = 0;
  for (const VectorCase& c : reader.cases()) {
    if (c.text("title") != "fractions at which a random number just rounds up") continue;
    EXPECT_EQ(c.floats("alpha"), std::vector{1.0F});
    EXPECT_EQ(c.floats("inverse"), std::vector{1.0F});
    // Bits of a lane that do not count are set: a kernel must drop them.
    const std::uint64_t unused = 16 - c.number("random_bits");
    for (const std::uint16_t lane : lanes_of(c)) EXPECT_EQ(lane & ((1U << unused) - 1), (1U << unused) - 1);
    const std::vector<float> x = c.floats("x");
    const auto levels = c.values<std::int8_t>("levels", "I8");
    for (std::size_t i = 0; i < x.size(); i += 3, ++ties) {
      const std::size_t smaller = std::fabs(x[i + 1]) < std::fabs(x[i]) ? i + 1 : i + 2, larger = 2 * i + 3 - smaller;
      EXPECT_EQ(std::abs(levels[i]), std::abs(levels[smaller]) + 1) << x[i];
      EXPECT_EQ(levels[i], levels[larger]) << x[i];
    }
  }
  EXPECT_GT(ties, 40);
}

TEST_F(LuqVectors, TheSameBytesEveryTime) {
  const auto bytes = [this](std::uint64_t seed) {
    write_luq_vectors({folder_ / "v", 20, seed}, std::vector<LuqConfig>{{}});
    return test::read_file(folder_ / "v");
  };
  const std::string first = bytes(3);
  EXPECT_EQ(bytes(3), first);
  EXPECT_NE(bytes(4), first);
}

TEST_F(LuqVectors, AConfigurationThatIsNotValidWritesNothing) {
  EXPECT_THROW(write_luq_vectors({folder_ / "v", 1, 1}, std::vector<LuqConfig>{{}, {.random_bits = 17}}),
               std::invalid_argument);
  EXPECT_TRUE(folder_.files().empty());
}

}  // namespace
}  // namespace luqsim

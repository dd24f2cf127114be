#include <bit>
#include <cmath>
#include <set>

#include <gtest/gtest.h>

#include "luqsim/vectors/vectors.h"

#include "im2col_reference.h"
#include "oracle/dot_model.h"
#include "oracle/format.h"
#include "oracle/gemm.h"
#include "temporary_folder.h"
#include "vector_reader.h"

namespace luqsim {
namespace {

using test::VectorCase;
using test::VectorReader;

// Stored codes of one sample and the matrix that the view makes of them, from docs/trace-format.md.
class StoredOperand {
 public:
  StoredOperand(const VectorCase& c, const std::string& name)
      : parameters_(c.parameters().at(name).as_object()),
        bytes_(c.bytes(name + ".codes")),
        rows_(number("rows")),
        cols_(number("cols")),
        samples_(c.tensor(name + ".codes").shape.at(0)),
        view_(from_name<View>(text("view")).value()),
        im2col_(image()) {
    for (const oracle::Decoded& d : oracle::code_book(text("format")).codes) {
      const int magnitude = d.magnitude.convert_to<int>();
      values_.push_back(d.negative ? -magnitude : magnitude);
    }
    EXPECT_EQ(c.tensor(name + ".codes").shape, (std::vector<std::uint64_t>{samples_, rows_, (cols_ + 1) / 2}));
  }

  std::uint64_t samples() const { return samples_; }

  int at(std::uint64_t sample, std::uint64_t row, std::uint64_t col) const {
    const auto stored = test::viewed_element(view_, im2col_, row, col);
    return stored ? values_[test::nibble(bytes_, cols_, sample * rows_ + stored->row, stored->col)] : 0;
  }

 private:
  std::uint64_t number(const char* key) const { return parameters_.at(key).to_number<std::uint64_t>(); }
  std::string text(const char* key) const { return parameters_.at(key).as_string().c_str(); }

  std::optional<Im2col> image() const {
    if (!parameters_.contains("im2col")) return std::nullopt;
    const auto& v = parameters_.at("im2col").as_object();
    const auto n = [&](const char* key) { return v.at(key).to_number<std::uint32_t>(); };
    return Im2col{.n = n("n"),
                  .h = n("h"),
                  .w = n("w"),
                  .c = n("c"),
                  .kernel_h = n("kernel_h"),
                  .kernel_w = n("kernel_w"),
                  .stride = n("stride"),
                  .padding = n("padding")};
  }

  boost::json::object parameters_;
  std::vector<std::uint8_t> bytes_;
  std::uint64_t rows_, cols_, samples_;
  View view_;
  std::optional<Im2col> im2col_;
  std::vector<int> values_;
};

struct Model {
  const char *name, *format;
  oracle::DotSettings settings;
};
const Model models[] = {{"hopper_fp16", "fp16", {25, 16, 1, "fp32"}},     {"hopper_bf16", "bf16", {25, 16, 1, "fp32"}},
                        {"hopper_fp8", "fp8_e4m3", {13, 32, 1, "e8m13"}}, {"ampere_fp16", "fp16", {24, 8, 2, "fp32"}},
                        {"ampere_bf16", "bf16", {24, 8, 2, "fp32"}},      {"ada_fp16", "fp16", {24, 8, 2, "fp32"}},
                        {"ada_bf16", "bf16", {24, 8, 2, "fp32"}}};

// Row i of A and column j of B, sample after sample.
struct Line {
  std::vector<std::vector<int>> a, b;
};

float oracle_sum(const Model& model, const Line& line) {
  const oracle::CodeBook& book = oracle::code_book(model.format);
  const auto codes = [&](const std::vector<int>& values) {
    std::vector<std::uint16_t> out;
    for (const int v : values)
      out.push_back(static_cast<std::uint16_t>(oracle::nearest_code(book, oracle::Rational(std::abs(v)), v < 0)));
    return out;
  };
  float sum = 0;
  for (std::size_t s = 0; s < line.a.size(); ++s)
    sum = oracle::dot(model.settings, model.format, codes(line.a[s]), model.format, codes(line.b[s]), sum);
  return sum;
}

std::uint32_t bits_of(float x) { return std::bit_cast<std::uint32_t>(x); }

// RN(sum * RN(RN(s_a s_b) / samples)), infinity and zero included.
float oracle_output(float sum, float scale_a, float scale_b, unsigned samples) {
  const float product = oracle::round_binary32(oracle::exact(scale_a) * oracle::exact(scale_b));
  if (std::isinf(product)) return sum * product;
  const float factor = samples == 1 ? product : oracle::round_binary32(oracle::exact(product) / samples);
  const float magnitude = oracle::round_binary32(oracle::exact(std::fabs(sum)) * oracle::exact(factor));
  return std::copysign(magnitude, sum);
}

void expect_case(const VectorCase& c, std::span<const Model> checked) {
  SCOPED_TRACE(c.text("case") + " " + c.text("title"));
  const StoredOperand a(c, "a"), b(c, "b");
  const std::uint64_t m = c.number("m"), n = c.number("n"), k = c.number("k"), samples = c.number("samples");
  ASSERT_EQ(samples, std::max(a.samples(), b.samples()));
  const float scale_a = c.floats("a.scale").at(0), scale_b = c.floats("b.scale").at(0);
  const auto sums = c.values<std::int32_t>("sums", "I32");
  const std::vector<float> out = c.floats("out");
  ASSERT_EQ(c.tensor("sums").shape, (std::vector<std::uint64_t>{m, n}));
  ASSERT_EQ(out.size(), m * n);
  for (std::uint64_t i = 0; i < m; ++i)
    for (std::uint64_t j = 0; j < n; ++j) {
      Line line{std::vector(samples, std::vector<int>(k)), std::vector(samples, std::vector<int>(k))};
      std::int64_t sum = 0;
      for (std::uint64_t s = 0; s < samples; ++s)
        for (std::uint64_t p = 0; p < k; ++p) {
          line.a[s][p] = a.at(s % a.samples(), i, p);
          line.b[s][p] = b.at(s % b.samples(), p, j);
          sum += std::int64_t{line.a[s][p]} * line.b[s][p];
        }
      const std::size_t at = i * n + j;
      ASSERT_EQ(sums[at], sum) << i << ", " << j;
      const float rounded = oracle::round_binary32(oracle::Rational(sum));
      ASSERT_EQ(bits_of(out[at]), bits_of(oracle_output(rounded, scale_a, scale_b, static_cast<unsigned>(samples))));
      // The rational arithmetic is slow: a sample of the elements.
      if ((at % 5 != 0 && m * n > 20) || (k > 2000 && at > 0)) continue;
      for (const Model& model : checked) {
        if (k > 50000 && model.settings.terms != 32) continue;
        const std::string name = model.name;
        if (k < 1000000) {
          ASSERT_EQ(bits_of(c.floats(name + ".sums")[at]), bits_of(oracle_sum(model, line))) << name << " " << at;
        }
        ASSERT_EQ(bits_of(c.floats(name + ".out")[at]), bits_of(oracle_output(c.floats(name + ".sums")[at], scale_a,
                                                                              scale_b, static_cast<unsigned>(samples))))
            << name << " " << at;
      }
    }
}

class GemmVectors : public testing::Test {
 protected:
  VectorReader written(const std::vector<GemmFormats>& formats, const std::vector<DotPreset>& presets,
                       std::uint32_t cases) const {
    write_gemm_vectors({folder_ / "v", cases, 11}, formats, presets);
    return VectorReader(folder_ / "v");
  }
  test::TemporaryFolder folder_;
};

const std::vector<DotPreset> all_presets{DotPreset::hopper_fp16, DotPreset::hopper_bf16, DotPreset::hopper_fp8,
                                         DotPreset::ampere_fp16, DotPreset::ampere_bf16, DotPreset::ada_fp16,
                                         DotPreset::ada_bf16};

// Corner cases of a pair of formats; the last pair has the longest sum too.
constexpr std::size_t corners = 45;

TEST_F(GemmVectors, EveryModelEqualsTheOracle) {
  const VectorReader reader = written({{Format::int4, Format::fp4_e3m0}}, all_presets, 20);
  EXPECT_EQ(reader.cases().size(), corners + 1 + 20);
  EXPECT_EQ(reader.metadata().at("luqvectors.kind"), "gemm");
  for (const VectorCase& c : reader.cases()) ASSERT_NO_FATAL_FAILURE(expect_case(c, models));
}

TEST_F(GemmVectors, EveryPairOfFormatsEqualsTheOracle) {
  const VectorReader reader = written({{Format::int4, Format::int4},
                                       {Format::uint4, Format::int4},
                                       {Format::fp4_e3m0, Format::int4},
                                       {Format::uint4, Format::uint4},
                                       {Format::uint4, Format::fp4_e3m0}},
                                      {DotPreset::hopper_fp8}, 10);
  EXPECT_EQ(reader.cases().size(), 5 * (corners + 10) + 1);
  const Model fp8[] = {models[2]};
  for (const VectorCase& c : reader.cases()) ASSERT_NO_FATAL_FAILURE(expect_case(c, fp8));
}

TEST_F(GemmVectors, HasTheCasesThatGoWrong) {
  const VectorReader reader = written({{Format::int4, Format::fp4_e3m0}}, all_presets, 0);
  std::set<std::string> titles, views;
  std::uint64_t longest = 0;
  int inexact_fp8 = 0, inexact_fp32 = 0, infinite = 0;
  for (const VectorCase& c : reader.cases()) {
    EXPECT_TRUE(titles.insert(c.text("title")).second) << c.text("title");
    for (const char* operand : {"a", "b"})
      views.insert(std::string(operand) + " " + c.parameters().at(operand).at("view").as_string().c_str());
    longest = std::max(longest, c.number("k"));
    const auto sums = c.values<std::int32_t>("sums", "I32");
    for (std::size_t i = 0; i < sums.size(); ++i) {
      if (static_cast<double>(c.floats("hopper_fp8.sums")[i]) != sums[i]) ++inexact_fp8;
      if (static_cast<double>(c.floats("hopper_fp16.sums")[i]) != sums[i]) ++inexact_fp32;
      if (std::isinf(c.floats("out")[i])) ++infinite;
    }
  }
  EXPECT_EQ(views, (std::set<std::string>{"a direct", "a im2col", "a im2col_transposed", "a transposed", "b direct",
                                          "b transposed"}));
  EXPECT_EQ(longest, (1U << 21) - 1);
  EXPECT_GT(inexact_fp8, 3);
  EXPECT_GT(inexact_fp32, 1);
  EXPECT_GT(infinite, 1);
}

TEST_F(GemmVectors, TheSameBytesEveryTime) {
  written({{Format::int4, Format::int4}}, {DotPreset::hopper_fp16}, 10);
  const std::string first = test::read_file(folder_ / "v");
  written({{Format::int4, Format::int4}}, {DotPreset::hopper_fp16}, 10);
  EXPECT_EQ(test::read_file(folder_ / "v"), first);
}

TEST_F(GemmVectors, RefusesOtherFormats) {
  EXPECT_THROW(written({{Format::fp4_e3m0, Format::fp4_e3m0}}, {}, 1), std::invalid_argument);
  EXPECT_THROW(written({{Format::fp8_e4m3, Format::int4}}, {}, 1), std::invalid_argument);
  EXPECT_TRUE(folder_.files().empty());
}

}  // namespace
}  // namespace luqsim

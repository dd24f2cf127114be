// The quantizer kernels against the model: equal codes and equal statistics, bit for bit.
#include "luqsim/cuda/quantize.h"

#include <bit>
#include <cmath>
#include <limits>

#include "luqsim/numerics/tensor.h"

#include "on_device.h"
#include "sampling.h"

namespace luqsim::cuda {
namespace {

using sampling::Source;
using test::OnDevice;
using test::zeroed;

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr RandomStream random_stream{.seed = 0xABCDEF0123456789, .tensor = 3, .step = 17, .sample = 2};

constexpr Shape shapes[]{{1, 1},  {1, 2},   {1, 7},    {1, 8},   {1, 9},   {2, 4},     {3, 5},   {7, 16},
                         {16, 7}, {33, 31}, {1, 4099}, {5, 802}, {64, 64}, {1, 70000}, {999, 3}, {257, 258}};

class Quantize : public test::DeviceTest {
 protected:
  OnDevice<float> upload(const std::vector<float>& x, std::size_t offset = 0) {
    return {stream_, std::span<const float>(x), offset};
  }
  OnDevice<std::uint8_t> codes(Shape shape, std::size_t offset = 0) {
    return {stream_, shape.rows * packed_row_bytes(shape.cols), offset};
  }

  void expect_luq(const std::vector<float>& x, Shape shape, const LuqConfig& config, std::size_t offset = 0,
                  std::size_t codes_offset = 0) {
    const LuqResult model = luq_quantize(x, shape.rows, shape.cols, config, random_stream);
    const auto values = upload(x, offset);
    const auto out = codes(shape, codes_offset);
    const auto statistics = zeroed<Statistics>(stream_);
    measure(stream_, values.data(), x.size(), statistics.data());
    luq_codes(stream_, values.data(), shape, config, random_stream, statistics.data(), out.data());
    expect_statistics(statistics.host()[0], model.measured.max_abs, model.estimate, model.scale.alpha);
    ASSERT_EQ(out.host(), model.codes.bytes) << describe(shape, config) << " offset " << offset;
  }

  void expect_hindsight(const std::vector<float>& x, Shape shape, const LuqConfig& config, float estimate) {
    const LuqResult model = luq_quantize(x, shape.rows, shape.cols, config, random_stream, estimate);
    const auto values = upload(x);
    const auto out = codes(shape);
    const auto statistics = zeroed<Statistics>(stream_);
    const OnDevice<float> used(stream_, std::span<const float>(&estimate, 1)), next(stream_, 1);
    luq_codes_hindsight(stream_, values.data(), shape, config, random_stream, used.data(), statistics.data(),
                        out.data());
    next_estimate(stream_, statistics.data(), 0.1F, next.data());
    expect_statistics(statistics.host()[0], model.measured.max_abs, estimate, model.scale.alpha);
    EXPECT_EQ(next.host()[0], hindsight_max_abs(model.measured.max_abs, estimate, 0.1F));
    ASSERT_EQ(out.host(), model.codes.bytes) << describe(shape, config) << " estimate " << estimate;
  }

  void expect_sawb(const std::vector<float>& x, Shape shape, const SawbConfig& config, std::size_t offset = 0,
                   std::size_t codes_offset = 0) {
    const SawbResult model = sawb_quantize(x, shape.rows, shape.cols, config);
    const auto values = upload(x, offset);
    const auto out = codes(shape, codes_offset);
    const auto statistics = zeroed<Statistics>(stream_);
    sawb_codes(stream_, values.data(), shape, config, statistics.data(), out.data());
    const Statistics measured = statistics.host()[0];
    expect_statistics(measured, model.measured.max_abs, model.measured.max_abs, model.scale);
    EXPECT_EQ(measured.sum, model.moments.sum);
    EXPECT_EQ(measured.sum_of_squares, model.moments.sum_of_squares);
    ASSERT_EQ(out.host(), model.codes.bytes) << shape.rows << " x " << shape.cols << " " << name_of(config.format);
  }

  static void expect_statistics(const Statistics& s, float measured, float used, float scale) {
    EXPECT_EQ(s.max_abs, measured);
    EXPECT_EQ(s.used_max_abs, used);
    EXPECT_EQ(s.scale, scale);
    EXPECT_EQ(s.non_finite_complement, 0U);
  }

  static std::string describe(Shape shape, const LuqConfig& c) {
    return std::to_string(shape.rows) + " x " + std::to_string(shape.cols) + " " + std::string(name_of(c.rounding)) +
           " " + std::string(name_of(c.alpha)) + " E=" + std::to_string(c.top_exponent) +
           " B=" + std::to_string(c.random_bits);
  }

  static std::vector<LuqConfig> configs() {
    std::vector<LuqConfig> all;
    for (const Rounding rounding : {Rounding::luq, Rounding::rdnp, Rounding::rdnp_su, Rounding::sr, Rounding::int4_sr})
      for (const Alpha alpha : {Alpha::max, Alpha::pow2})
        for (const int top : {4, 6})
          if (rounding != Rounding::int4_sr || alpha == Alpha::max)
            all.push_back({.rounding = rounding, .alpha = alpha, .top_exponent = top});
    return all;
  }
};

TEST_F(Quantize, LuqOfEveryShapeAndOption) {
  Source source(1);
  for (const Shape shape : shapes)
    for (LuqConfig config : configs()) {
      config.random_bits = static_cast<int>(source.between(1, 16));
      config.reuse = static_cast<std::uint32_t>(source.between(1, 3));
      expect_luq(sampling::floats_near(source, 1.0F, 9, shape.size()), shape, config);
      if (HasFatalFailure()) return;
    }
}

TEST_F(Quantize, LuqOfTinyAndHugeValues) {
  Source source(2);
  for (const float center : {0x1p-149F, 0x1p-122F, 0x1p-119F, 0x1p-60F, 0x1p100F, 0x1p126F})
    for (const LuqConfig& config : configs())
      expect_luq(sampling::floats_near(source, center, 9, 24 * 6), {24, 6}, config);
  expect_luq(std::vector<float>(64, 0.0F), {8, 8}, {});
  expect_luq(std::vector<float>(64, -0.0F), {8, 8}, {});
}

TEST_F(Quantize, AnyAlignment) {
  Source source(3);
  for (std::size_t offset = 0; offset <= 4; ++offset)
    for (std::size_t codes_offset = 0; codes_offset <= 4; ++codes_offset) {
      expect_luq(sampling::floats_near(source, 1.0F, 9, 6 * 50), {6, 50}, {}, offset, codes_offset);
      expect_sawb(sampling::floats_near(source, 1.0F, 4, 6 * 50), {6, 50}, {}, offset, codes_offset);
    }
}

TEST_F(Quantize, EveryGeometryGivesTheSameCodes) {
  Source source(4);
  const std::vector<float> x = sampling::floats_near(source, 1.0F, 9, 300 * 34),
                           odd = {x.begin(), x.begin() + 300 * 33};
  for (const unsigned threads : {32U, 64U, 128U, 512U})
    for (const unsigned blocks : {1U, 3U, 16U}) {
      geometry() = {threads, blocks};
      expect_luq(x, {300, 34}, {});
      expect_luq(odd, {300, 33}, {});
      expect_hindsight(x, {300, 34}, {}, 100.0F);
      expect_sawb(x, {300, 34}, {});
      if (HasFatalFailure()) return;
    }
}

TEST_F(Quantize, HindsightMeasuresWhatItQuantizes) {
  Source source(5);
  for (const Shape shape : shapes)
    for (const float estimate : {0.0F, 0x1p-121F, 0x1p-120F, 0.01F, 1.0F, 3.7F, 1e4F, 0x1.fffffep127F}) {
      LuqConfig config = configs()[source.below(configs().size())];
      config.random_bits = static_cast<int>(source.between(1, 16));
      expect_hindsight(sampling::floats_near(source, 1.0F, 9, shape.size()), shape, config, estimate);
      if (HasFatalFailure()) return;
    }
}

// The epilogue of a GEMM in one pass with the quantizer.
TEST_F(Quantize, HindsightOfScaledSums) {
  Source source(6);
  for (const Shape shape : shapes) {
    std::vector<std::int32_t> sums(shape.size());
    std::vector<float> x(shape.size());
    const float scale = 0x1.23456p-9F, estimate = 300.0F;
    for (std::size_t i = 0; i < sums.size(); ++i) {
      sums[i] = static_cast<std::int32_t>(source.bits()) >> source.below(32);
      x[i] = static_cast<float>(sums[i]) * scale;
    }
    const LuqResult model = luq_quantize(x, shape.rows, shape.cols, {}, random_stream, estimate);
    const OnDevice<std::int32_t> values(stream_, std::span<const std::int32_t>(sums));
    const OnDevice<float> factor(stream_, std::span<const float>(&scale, 1)),
        used(stream_, std::span<const float>(&estimate, 1));
    const auto out = codes(shape);
    const auto statistics = zeroed<Statistics>(stream_);
    luq_codes_hindsight(stream_, ScaledSums{values.data(), factor.data()}, shape, {}, random_stream, used.data(),
                        statistics.data(), out.data());
    expect_statistics(statistics.host()[0], model.measured.max_abs, estimate, model.scale.alpha);
    ASSERT_EQ(out.host(), model.codes.bytes) << shape.rows << " x " << shape.cols;
  }
}

TEST_F(Quantize, LevelsOfTheReferenceEmulation) {
  Source source(7);
  for (const std::size_t n : {1U, 9U, 1000U, 4099U}) {
    const LuqConfig config{.top_exponent = 7};
    const std::vector<float> x = sampling::floats_near(source, 1.0F, 9, n);
    std::vector<std::int8_t> model(n);
    luqsim::luq_levels(x, 0, luq_scale(max_abs(x).max_abs, config), config, random_stream, model);
    const auto values = upload(x);
    const auto statistics = zeroed<Statistics>(stream_);
    const OnDevice<std::int8_t> levels(stream_, n);
    measure(stream_, values.data(), n, statistics.data());
    luq_levels(stream_, values.data(), n, config, random_stream, statistics.data(), levels.data());
    ASSERT_EQ(levels.host(), model);
  }
}

TEST_F(Quantize, SawbOfEveryShapeAndFormat) {
  Source source(8);
  for (const Shape shape : shapes)
    for (const Format format : {Format::int4, Format::uint4})
      for (const float center : {1.0F, 0x1p-118F, 0x1p120F}) {
        expect_sawb(sampling::floats_near(source, center, 3, shape.size()), shape, {.format = format});
        if (HasFatalFailure()) return;
      }
  expect_sawb(std::vector<float>(64, 0.0F), {8, 8}, {});
  expect_sawb(std::vector<float>(63, 0x1p-126F), {9, 7}, {});
  expect_sawb(std::vector<float>(64, 3.0F), {8, 8}, {});
  expect_sawb(sampling::floats_near(source, 1, 3, 64), {8, 8}, {.c1 = 12.68, .c2 = 12.80});
}

TEST_F(Quantize, SawbRefusesWhatItCannotSumExactly) {
  EXPECT_THROW(sawb_codes(stream_, nullptr, {1, (1U << 27) + 1}, {}, nullptr, nullptr), std::length_error);
  EXPECT_THROW(sawb_codes(stream_, nullptr, {1, 1}, {.format = Format::fp4_e3m0}, nullptr, nullptr),
               std::invalid_argument);
}

TEST_F(Quantize, TheFirstNonFiniteValueIsFound) {
  Source source(9);
  for (const std::size_t n : {1U, 8U, 4099U, 70000U})
    for (const float bad : {infinity, -infinity, std::numeric_limits<float>::quiet_NaN()}) {
      std::vector<float> x = sampling::floats_near(source, 1.0F, 9, n);
      const std::size_t first = source.below(n);
      x[first] = bad;
      for (std::size_t i = first; i < n; i += 1 + source.below(n)) x[i] = infinity;
      x[first] = bad;
      const auto values = upload(x);
      const auto statistics = zeroed<Statistics>(stream_);
      measure(stream_, values.data(), n, statistics.data());
      const auto out = codes({1, n});
      luq_codes(stream_, values.data(), {1, n}, {}, random_stream, statistics.data(), out.data());
      const Statistics s = statistics.host()[0];
      EXPECT_FALSE(std::isfinite(s.max_abs));
      EXPECT_EQ(~s.non_finite_complement, first);
      EXPECT_EQ(s.scale, 0.0F);
      EXPECT_EQ(out.host(), std::vector<std::uint8_t>(packed_row_bytes(n), 0)) << "scale 0 means codes 0";
    }
}

TEST_F(Quantize, EmptyTensors) {
  const auto statistics = zeroed<Statistics>(stream_);
  const auto out = codes({0, 8});
  measure(stream_, nullptr, 0, statistics.data());
  luq_codes(stream_, nullptr, {0, 8}, {}, random_stream, statistics.data(), out.data());
  sawb_codes(stream_, nullptr, {0, 8}, {}, statistics.data(), out.data());
  expect_statistics(statistics.host()[0], 0, 0, 0);
  EXPECT_TRUE(out.host().empty());
  expect_hindsight({}, {0, 8}, {}, 3.0F);  // what it used is still written down
}

// Two streams at once, each with a tensor, statistics and codes of its own.
TEST_F(Quantize, StreamsDoNotDisturbEachOther) {
  Source source(11);
  cudaStream_t other = nullptr;
  check(cudaStreamCreateWithFlags(&other, cudaStreamNonBlocking), "cudaStreamCreateWithFlags");
  for (int round = 0; round < 4; ++round) {
    const std::vector<float> x[2]{sampling::floats_near(source, 1.0F, 9, 30000),
                                  sampling::floats_near(source, 8.0F, 3, 30000)};
    const cudaStream_t streams[2]{stream_, other};
    std::vector<OnDevice<float>> values;
    std::vector<OnDevice<Statistics>> statistics;
    std::vector<OnDevice<std::uint8_t>> out;
    for (std::size_t i = 0; i < 2; ++i) {
      values.emplace_back(streams[i], std::span<const float>(x[i]));
      statistics.push_back(zeroed<Statistics>(streams[i]));
      out.emplace_back(streams[i], std::size_t{15000});
    }
    for (std::size_t i = 0; i < 2; ++i) measure(streams[i], values[i].data(), 30000, statistics[i].data());
    for (const std::size_t i : {std::size_t{1}, std::size_t{0}})
      luq_codes(streams[i], values[i].data(), {100, 300}, {}, random_stream, statistics[i].data(), out[i].data());
    for (std::size_t i = 0; i < 2; ++i)
      ASSERT_EQ(out[i].host(), luq_quantize(x[i], 100, 300, {}, random_stream).codes.bytes) << "stream " << i;
  }
  check(cudaStreamSynchronize(other), "cudaStreamSynchronize");
  check(cudaStreamDestroy(other), "cudaStreamDestroy");
}

TEST_F(Quantize, SamplesDifferInTheirRandomNumbersAlone) {
  Source source(10);
  const std::vector<float> x = sampling::floats_near(source, 1.0F, 9, 1000);
  const auto values = upload(x);
  const auto statistics = zeroed<Statistics>(stream_);
  measure(stream_, values.data(), x.size(), statistics.data());
  for (std::uint32_t sample = 0; sample < 3; ++sample) {
    RandomStream stream = random_stream;
    stream.sample = sample;
    const auto out = codes({10, 100});
    luq_codes(stream_, values.data(), {10, 100}, {}, stream, statistics.data(), out.data());
    ASSERT_EQ(out.host(), luq_quantize(x, 10, 100, {}, stream).codes.bytes);
  }
}

TEST_F(Quantize, DequantizedValuesAreLevelsTimesScale) {
  for (const Format format : {Format::int4, Format::uint4, Format::fp4_e3m0})
    for (const Shape shape : {Shape{1, 16}, Shape{5, 7}, Shape{16, 16}}) {
      std::vector<std::uint8_t> bytes(shape.rows * packed_row_bytes(shape.cols));
      for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(37 * i + 11);
      const float scale = 0x1.23456p-5F;
      std::vector<float> expected;
      for (const std::int8_t v : decode_values({format, shape.rows, shape.cols, bytes}))
        expected.push_back(static_cast<float>(v) * scale);
      const OnDevice<std::uint8_t> packed(stream_, std::span<const std::uint8_t>(bytes));
      const OnDevice<float> factor(stream_, std::span<const float>(&scale, 1)), values(stream_, shape.size());
      dequantize(stream_, packed.data(), format, shape, factor.data(), values.data());
      ASSERT_EQ(values.host(), expected);
    }
}

}  // namespace
}  // namespace luqsim::cuda

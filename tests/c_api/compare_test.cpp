// The C interface gives what the C++ library gives, bit for bit, on random tensors, shapes and options.
#include <bit>
#include <cmath>
#include <thread>

#include <gtest/gtest.h>

#include "luqsim/numerics/elementary.h"
#include "luqsim/numerics/gemm.h"
#include "luqsim/numerics/luq.h"
#include "luqsim/numerics/sawb.h"

#include "luqsim.h"
#include "sampling.h"

namespace luqsim {
namespace {

std::uint32_t bits(float x) { return std::bit_cast<std::uint32_t>(x); }

struct Tensor {
  std::size_t rows, cols;
  std::vector<float> x;
};

Tensor random_tensor(sampling::Source& source) {
  const std::size_t rows = source.below(40), cols = source.one_in(20) ? 5000 : source.below(70);
  Tensor t{rows, cols, {}};
  const float center = source.finite_float();
  t.x = sampling::floats_near(source, center, static_cast<int>(source.between(0, 12)), rows * cols);
  return t;
}

std::vector<std::uint8_t> codes_for(const Tensor& t) {
  std::size_t size = 0;
  EXPECT_EQ(luqsim_packed_size(t.rows, t.cols, &size), LUQSIM_OK);
  EXPECT_EQ(size, t.rows * packed_row_bytes(t.cols));
  return std::vector<std::uint8_t>(size, 0xAA);
}

struct LuqCase {
  LuqConfig config;
  RandomStream stream;
  std::optional<float> estimate;
  luqsim_luq_options options;
};

LuqCase random_luq(sampling::Source& source) {
  LuqCase c{.options = LUQSIM_LUQ_OPTIONS_INIT};
  c.config.rounding = static_cast<Rounding>(source.below(5));
  c.config.alpha = c.config.rounding != Rounding::int4_sr && source.one_in(2) ? Alpha::pow2 : Alpha::max;
  c.config.top_exponent = source.one_in(3) ? 4 : 6;
  c.config.random_bits = static_cast<int>(source.between(1, 16));
  c.config.reuse = static_cast<std::uint32_t>(source.between(1, 4));
  c.stream = {source.bits(), static_cast<std::uint32_t>(source.bits()),
              static_cast<std::uint32_t>(source.below(1U << 24)), static_cast<std::uint32_t>(source.below(256))};
  if (source.one_in(3)) c.estimate = std::fabs(source.finite_float());
  c.options.rounding = static_cast<std::int32_t>(c.config.rounding);
  c.options.alpha = static_cast<std::int32_t>(c.config.alpha);
  c.options.top_exponent = c.config.top_exponent;
  c.options.random_bits = c.config.random_bits;
  c.options.reuse = c.config.reuse;
  c.options.seed = c.stream.seed;
  c.options.tensor = c.stream.tensor;
  c.options.step = c.stream.step;
  c.options.sample = c.stream.sample;
  c.options.has_estimate = c.estimate.has_value() ? 1 : 0;
  c.options.estimate = c.estimate.value_or(0);
  return c;
}

TEST(CApi, LuqQuantizeIsThatOfTheLibrary) {
  sampling::Source source(1);
  for (int i = 0; i < 3000; ++i) {
    SCOPED_TRACE(i);
    const Tensor t = random_tensor(source);
    const LuqCase c = random_luq(source);
    auto codes = codes_for(t);
    luqsim_luq_result seen;
    ASSERT_EQ(luqsim_luq_quantize(t.x.data(), t.rows, t.cols, &c.options, codes.data(), codes.size(), &seen), LUQSIM_OK)
        << luqsim_last_error();
    const LuqResult wanted = luq_quantize(t.x, t.rows, t.cols, c.config, c.stream, c.estimate);
    ASSERT_EQ(codes, wanted.codes.bytes);
    ASSERT_EQ(bits(seen.measured_max_abs), bits(wanted.measured.max_abs));
    ASSERT_EQ(bits(seen.max_abs), bits(wanted.estimate));
    ASSERT_EQ(bits(seen.alpha), bits(wanted.scale.alpha));
    ASSERT_EQ(bits(seen.inverse), bits(wanted.scale.inverse));
    ASSERT_EQ(static_cast<Format>(seen.format), wanted.codes.format);
  }
}

TEST(CApi, LuqLevelsAreThoseOfTheLibrary) {
  sampling::Source source(2);
  for (int i = 0; i < 3000; ++i) {
    SCOPED_TRACE(i);
    const Tensor t = random_tensor(source);
    LuqCase c = random_luq(source);
    if (source.one_in(3)) c.options.top_exponent = c.config.top_exponent = 7;
    const std::uint64_t first = source.below(1000);
    const float maximum = std::fabs(t.x.empty() ? 1.0F : t.x[source.below(t.x.size())]);
    float alpha = -1, inverse = -1;
    ASSERT_EQ(luqsim_luq_scale(maximum, &c.options, &alpha, &inverse), LUQSIM_OK);
    const LuqScale scale = luq_scale(maximum, c.config);
    ASSERT_EQ(bits(alpha), bits(scale.alpha));
    ASSERT_EQ(bits(inverse), bits(scale.inverse));
    std::vector<std::int8_t> seen(t.x.size()), wanted(t.x.size());
    ASSERT_EQ(luqsim_luq_levels(t.x.data(), t.x.size(), first, alpha, inverse, &c.options, nullptr, seen.data()),
              LUQSIM_OK);
    luq_levels(t.x, first, scale, c.config, c.stream, wanted);
    ASSERT_EQ(seen, wanted);
    std::vector<std::uint16_t> random(t.x.size());
    ASSERT_EQ(luqsim_random_lanes(c.stream.seed, c.stream.tensor, c.stream.step, c.stream.sample, 8 * first,
                                  random.data(), random.size()),
              LUQSIM_OK);
    for (std::size_t j = 0; j < random.size(); j += 97) ASSERT_EQ(random[j], random_lane(c.stream, 8 * first + j));
    if (random.empty()) continue;
    ASSERT_EQ(luqsim_luq_levels(t.x.data(), t.x.size(), 0, alpha, inverse, &c.options, random.data(), seen.data()),
              LUQSIM_OK);
    luq_levels(t.x, std::span<const std::uint16_t>(random), scale, c.config, wanted);
    ASSERT_EQ(seen, wanted);
  }
}

TEST(CApi, SawbIsThatOfTheLibrary) {
  sampling::Source source(3);
  for (int i = 0; i < 3000; ++i) {
    SCOPED_TRACE(i);
    const Tensor t = random_tensor(source);
    luqsim_sawb_options options = LUQSIM_SAWB_OPTIONS_INIT;
    options.format = source.one_in(2) ? LUQSIM_FORMAT_UINT4 : LUQSIM_FORMAT_INT4;
    if (source.one_in(2)) options.c1 = 2.0 + static_cast<double>(source.below(100)) / 16, options.c2 = 1.25;
    auto codes = codes_for(t);
    luqsim_sawb_result seen;
    ASSERT_EQ(luqsim_sawb_quantize(t.x.data(), t.rows, t.cols, &options, codes.data(), codes.size(), &seen), LUQSIM_OK);
    const SawbResult wanted = sawb_quantize(
        t.x, t.rows, t.cols, {.format = static_cast<Format>(options.format), .c1 = options.c1, .c2 = options.c2});
    ASSERT_EQ(codes, wanted.codes.bytes);
    ASSERT_EQ(bits(seen.scale), bits(wanted.scale));
    ASSERT_EQ(bits(seen.measured_max_abs), bits(wanted.measured.max_abs));
    ASSERT_EQ(seen.count, wanted.moments.count);
    ASSERT_EQ(seen.exponent, wanted.moments.exponent);
    ASSERT_EQ(seen.sum, wanted.moments.sum);
    ASSERT_EQ(seen.sum_of_squares, wanted.moments.sum_of_squares);
  }
}

TEST(CApi, CodesAreThoseOfTheLibrary) {
  sampling::Source source(4);
  for (int i = 0; i < 1000; ++i) {
    SCOPED_TRACE(i);
    const std::size_t rows = source.below(30), cols = source.one_in(20) ? 9001 : source.below(50), n = rows * cols;
    const auto format = static_cast<luqsim_format>(source.below(3));
    const int low = format == LUQSIM_FORMAT_INT4 ? -8 : format == LUQSIM_FORMAT_UINT4 ? 0 : -7;
    std::vector<std::int8_t> levels(n), values(n);
    for (auto& level : levels)
      level = static_cast<std::int8_t>(source.between(low, format == LUQSIM_FORMAT_UINT4 ? 15 : 7));
    std::vector<std::uint8_t> codes(rows * packed_row_bytes(cols), 0xAA);
    ASSERT_EQ(luqsim_pack_levels(format, rows, cols, levels.data(), codes.data(), codes.size()), LUQSIM_OK);
    const CodeTensor packed = pack_levels(static_cast<Format>(format), rows, cols, levels);
    ASSERT_EQ(codes, packed.bytes);
    ASSERT_EQ(luqsim_decode_values(format, rows, cols, codes.data(), codes.size(), values.data(), n), LUQSIM_OK);
    ASSERT_EQ(values, decode_values(packed.view()));
    const float scale = source.finite_float();
    std::vector<float> x(n);
    ASSERT_EQ(luqsim_dequantize(format, rows, cols, codes.data(), codes.size(), scale, x.data(), n), LUQSIM_OK);
    for (std::size_t j = 0; j < n; ++j) ASSERT_EQ(bits(x[j]), bits(static_cast<float>(values[j]) * scale));
  }
}

TEST(CApi, GemmIsThatOfTheLibrary) {
  sampling::Source source(5);
  const auto operand = [&](std::size_t rows, std::size_t cols, luqsim_format format, std::vector<std::uint8_t>& codes) {
    const bool transposed = source.one_in(2);
    if (transposed) std::swap(rows, cols);
    codes.resize(rows * packed_row_bytes(cols));
    for (auto& byte : codes) byte = static_cast<std::uint8_t>(source.bits());
    return luqsim_code_matrix{codes.data(), codes.size(), rows, cols, format, transposed ? 1 : 0};
  };
  const auto decoded = [](const luqsim_code_matrix& m) {
    return decode_values({static_cast<Format>(m.format), m.rows, m.cols, {m.codes, m.codes_size}});
  };
  for (int i = 0; i < 500; ++i) {
    SCOPED_TRACE(i);
    const std::size_t m = source.below(30), n = source.below(30), k = source.one_in(10) ? 700 : source.below(40);
    const auto format_a = static_cast<luqsim_format>(source.below(3));
    const auto format_b = static_cast<luqsim_format>(source.below(format_a == LUQSIM_FORMAT_FP4_E3M0 ? 2 : 3));
    std::vector<std::uint8_t> codes_a, codes_b;
    const luqsim_code_matrix a = operand(m, k, format_a, codes_a), b = operand(k, n, format_b, codes_b);
    std::vector<std::int32_t> seen(m * n, 1), wanted(m * n);
    ASSERT_EQ(luqsim_gemm(&a, &b, seen.data(), seen.size()), LUQSIM_OK) << luqsim_last_error();
    const auto values_a = decoded(a), values_b = decoded(b);
    gemm_s8s8s32_loops({values_a.data(), m, k, a.cols, a.transposed != 0},
                       {values_b.data(), k, n, b.cols, b.transposed != 0}, wanted);
    ASSERT_EQ(seen, wanted);

    float factor = 0;
    const float scale_a = source.float_near(1.0F, 20), scale_b = source.float_near(1.0F, 20);
    const auto samples = static_cast<std::uint32_t>(source.between(1, 8));
    ASSERT_EQ(luqsim_output_scale(scale_a, scale_b, samples, &factor), LUQSIM_OK);
    ASSERT_EQ(bits(factor), bits(output_scale(scale_a, scale_b, samples)));
    std::vector<float> out(m * n), wanted_out(m * n);
    scale_output(wanted, factor, wanted_out);
    ASSERT_EQ(luqsim_gemm_scaled(&a, &b, factor, out.data(), out.size()), LUQSIM_OK);
    for (std::size_t j = 0; j < out.size(); ++j) ASSERT_EQ(bits(out[j]), bits(wanted_out[j]));
  }
}

TEST(CApi, ElementaryFunctionsAreThoseOfTheLibrary) {
  sampling::Source source(6);
  for (int i = 0; i < 100000; ++i) {
    const float x = source.finite_float();
    ASSERT_EQ(bits(luqsim_exp_nonpositive(x)), bits(exp_nonpositive(x))) << x;
    ASSERT_EQ(bits(luqsim_log_positive(x)), bits(log_positive(x))) << x;
  }
  for (int i = 0; i < 10000; ++i) {
    const float measured = std::fabs(source.finite_float()), estimate = std::fabs(source.finite_float());
    const float eta = static_cast<float>(source.below(1025)) / 1024;
    float next = -1;
    ASSERT_EQ(luqsim_hindsight_max_abs(measured, estimate, eta, &next), LUQSIM_OK);
    ASSERT_EQ(bits(next), bits(hindsight_max_abs(measured, estimate, eta)));
  }
}

TEST(CApi, AMessageBelongsToItsThread) {
  ASSERT_EQ(luqsim_packed_size(1, 1, nullptr), LUQSIM_INVALID_ARGUMENT);
  const std::string mine = luqsim_last_error();
  std::string at_first, later;
  std::thread([&] {
    at_first = luqsim_last_error();
    static_cast<void>(luqsim_max_abs(nullptr, 1, nullptr, nullptr));
    later = luqsim_last_error();
  }).join();
  EXPECT_EQ(at_first, "");
  EXPECT_EQ(later, "luqsim_max_abs: x: null; wanted a pointer");
  EXPECT_EQ(luqsim_last_error(), mine);
  // A success leaves it.
  std::size_t size = 0;
  ASSERT_EQ(luqsim_packed_size(1, 1, &size), LUQSIM_OK);
  EXPECT_EQ(luqsim_last_error(), mine);
}

// Memory that no machine gives becomes a status.
TEST(CApi, NoMemoryIsAStatus) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "the address sanitizer ends the program instead of throwing std::bad_alloc";
#endif
  const std::size_t n = (std::size_t{1} << 29) - 1;
  // K = 0: nothing is read, but the sums of the scaled product need memory. The outputs' pointer is never written.
  const luqsim_code_matrix a{nullptr, 0, n, 0, LUQSIM_FORMAT_INT4, 0}, b{nullptr, 0, 0, n, LUQSIM_FORMAT_INT4, 0};
  float out = 7;
  EXPECT_EQ(luqsim_gemm_scaled(&a, &b, 1.0F, &out, n * n), LUQSIM_OUT_OF_MEMORY);
  EXPECT_STREQ(luqsim_last_error(), "luqsim_gemm_scaled: out of memory");
  EXPECT_EQ(out, 7.0F);
}

}  // namespace
}  // namespace luqsim

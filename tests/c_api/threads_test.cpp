// All functions of the C interface may run at once: threads meet before every function, call it together, each with
// inputs of its own, and get what one thread alone gets. The thread sanitizer sees what is too rare to show here.
#include <barrier>
#include <cmath>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "luqsim.h"
#include "sampling.h"

namespace luqsim {
namespace {

constexpr std::size_t rows = 20, cols = 33, count = rows * cols, row_bytes = (cols + 1) / 2;

struct Inputs {
  explicit Inputs(std::uint64_t seed) : source(seed), x(sampling::floats_near(source, 1.0F, 8, count)) {
    options.seed = seed;
    for (std::int8_t& level : levels) level = static_cast<std::int8_t>(source.between(-7, 7));
    for (std::uint8_t& byte : codes) byte = static_cast<std::uint8_t>(source.bits());
    for (std::uint16_t& lane : lanes) lane = static_cast<std::uint16_t>(source.bits());
    for (std::int64_t& sum : wide_sums) sum = source.between(-(std::int64_t{1} << 40), std::int64_t{1} << 40);
    for (std::int32_t& sum : sums) sum = static_cast<std::int32_t>(source.between(-100000, 100000));
    scale = std::fabs(source.float_near(1.0F, 8));
  }

  sampling::Source source;
  std::vector<float> x;
  std::vector<std::int8_t> levels = std::vector<std::int8_t>(count);
  std::vector<std::uint8_t> codes = std::vector<std::uint8_t>(rows * row_bytes);
  std::vector<std::uint16_t> lanes = std::vector<std::uint16_t>(count);
  std::vector<std::int64_t> wide_sums = std::vector<std::int64_t>(count);
  std::vector<std::int32_t> sums = std::vector<std::int32_t>(count);
  float scale = 0;
  luqsim_luq_options options = LUQSIM_LUQ_OPTIONS_INIT;

  luqsim_code_matrix matrix(bool transposed) const {
    return {codes.data(), codes.size(), rows, cols, LUQSIM_FORMAT_INT4, transposed ? 1 : 0};
  }
};

// What a call gave: the status and the bytes of the outputs.
template <class... Values>
std::string bytes_of(const Values&... values) {
  std::string bytes;
  (bytes.append(reinterpret_cast<const char*>(&values), sizeof values), ...);
  return bytes;
}
template <class Value>
std::string bytes_of(luqsim_status status, const std::vector<Value>& values) {
  return bytes_of(status).append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(Value));
}

using Call = std::string (*)(const Inputs&);

const Call calls[] = {
    [](const Inputs&) { return bytes_of(luqsim_c_api_version()) + luqsim_version(); },
    [](const Inputs& in) { return std::string(luqsim_status_name(static_cast<luqsim_status>(in.options.seed % 7))); },
    // The message is read when all threads have failed.
    [](const Inputs& in) {
      return bytes_of(
          luqsim_pack_levels(static_cast<luqsim_format>(in.options.seed) + 3, 1, 1, in.levels.data(), nullptr, 0));
    },
    [](const Inputs&) { return std::string(luqsim_last_error()); },
    [](const Inputs& in) {
      float max_abs = 0;
      const luqsim_status status = luqsim_max_abs(in.x.data(), count, &max_abs, nullptr);
      return bytes_of(status, max_abs);
    },
    [](const Inputs& in) {
      float next = 0;
      const luqsim_status status = luqsim_hindsight_max_abs(in.scale, std::fabs(in.x[0]), 0.25F, &next);
      return bytes_of(status, next);
    },
    [](const Inputs&) {
      luqsim_luq_options o;
      const luqsim_status status = luqsim_luq_options_init(&o, sizeof o);
      return bytes_of(status, o.size, o.seed, o.reuse, o.rounding, o.alpha, o.top_exponent, o.random_bits);
    },
    [](const Inputs& in) {
      float alpha = 0, inverse = 0;
      const luqsim_status status = luqsim_luq_scale(in.scale, &in.options, &alpha, &inverse);
      return bytes_of(status, alpha, inverse);
    },
    [](const Inputs& in) {
      std::vector<std::int8_t> levels(count);
      const luqsim_status status =
          luqsim_luq_levels(in.x.data(), count, 0, 1.0F, 1.0F, &in.options, nullptr, levels.data());
      return bytes_of(status, levels);
    },
    [](const Inputs& in) {
      std::vector<std::int8_t> levels(count);
      const luqsim_status status =
          luqsim_luq_levels(in.x.data(), count, 0, 1.0F, 1.0F, &in.options, in.lanes.data(), levels.data());
      return bytes_of(status, levels);
    },
    [](const Inputs& in) {
      std::vector<std::uint8_t> codes(in.codes.size());
      luqsim_luq_result r{};
      const luqsim_status status =
          luqsim_luq_quantize(in.x.data(), rows, cols, &in.options, codes.data(), codes.size(), &r);
      return bytes_of(status, codes) + bytes_of(r.measured_max_abs, r.max_abs, r.alpha, r.inverse, r.format);
    },
    [](const Inputs&) {
      luqsim_sawb_options o;
      const luqsim_status status = luqsim_sawb_options_init(&o, sizeof o);
      return bytes_of(status, o.size, o.c1, o.c2, o.format, o.reserved);
    },
    [](const Inputs& in) {
      std::vector<std::uint8_t> codes(in.codes.size());
      luqsim_sawb_result r{};
      const luqsim_status status =
          luqsim_sawb_quantize(in.x.data(), rows, cols, nullptr, codes.data(), codes.size(), &r);
      return bytes_of(status, codes) +
             bytes_of(r.count, r.sum, r.sum_of_squares, r.exponent, r.measured_max_abs, r.scale);
    },
    [](const Inputs& in) {
      std::size_t bytes = 0;
      const luqsim_status status = luqsim_packed_size(rows + in.options.seed, cols, &bytes);
      return bytes_of(status, bytes);
    },
    [](const Inputs& in) {
      std::vector<std::uint8_t> codes(in.codes.size());
      const luqsim_status status =
          luqsim_pack_levels(LUQSIM_FORMAT_FP4_E3M0, rows, cols, in.levels.data(), codes.data(), codes.size());
      return bytes_of(status, codes);
    },
    [](const Inputs& in) {
      std::vector<std::int8_t> values(count);
      const luqsim_status status = luqsim_decode_values(LUQSIM_FORMAT_FP4_E3M0, rows, cols, in.codes.data(),
                                                        in.codes.size(), values.data(), count);
      return bytes_of(status, values);
    },
    [](const Inputs& in) {
      std::vector<float> x(count);
      const luqsim_status status = luqsim_dequantize(LUQSIM_FORMAT_UINT4, rows, cols, in.codes.data(), in.codes.size(),
                                                     in.scale, x.data(), count);
      return bytes_of(status, x);
    },
    [](const Inputs& in) {
      const std::uint32_t key[2] = {static_cast<std::uint32_t>(in.options.seed), 1};
      const std::uint32_t counter[4] = {1, 2, 3, 4};
      std::vector<std::uint32_t> words(4);
      const luqsim_status status = luqsim_philox4x32_10(counter, key, words.data());
      return bytes_of(status, words);
    },
    [](const Inputs& in) {
      std::vector<std::uint16_t> lanes(count);
      const luqsim_status status = luqsim_random_lanes(in.options.seed, 1, 2, 3, 8, lanes.data(), count);
      return bytes_of(status, lanes);
    },
    [](const Inputs& in) {
      std::vector<std::int32_t> sums(rows * rows);
      const luqsim_code_matrix a = in.matrix(false), b = in.matrix(true);
      const luqsim_status status = luqsim_gemm(&a, &b, sums.data(), sums.size());
      return bytes_of(status, sums);
    },
    [](const Inputs& in) {
      std::vector<float> out(cols * cols);
      const luqsim_code_matrix a = in.matrix(true), b = in.matrix(false);
      const luqsim_status status = luqsim_gemm_scaled(&a, &b, in.scale, out.data(), out.size());
      return bytes_of(status, out);
    },
    [](const Inputs& in) {
      float scale = 0;
      const luqsim_status status = luqsim_output_scale(in.scale, std::fabs(in.x[0]), 3, &scale);
      return bytes_of(status, scale);
    },
    [](const Inputs& in) {
      std::vector<float> out(count);
      const luqsim_status status = luqsim_scale_output(in.sums.data(), count, in.scale, out.data());
      return bytes_of(status, out);
    },
    [](const Inputs& in) {
      std::vector<float> out(count);
      const luqsim_status status = luqsim_scale_output_i64(in.wide_sums.data(), count, in.scale, out.data());
      return bytes_of(status, out);
    },
    [](const Inputs& in) { return bytes_of(luqsim_exp_nonpositive(-in.scale)); },
    [](const Inputs& in) { return bytes_of(luqsim_log_positive(in.scale)); },
};

TEST(CApi, EveryFunctionFromSeveralThreadsAtOnce) {
  constexpr std::size_t threads = 4;
  // One call may be over before the last thread wakes.
  constexpr int rounds = 10, calls_a_meeting = 100;
  std::vector<Inputs> inputs;
  for (std::size_t t = 0; t < threads; ++t) inputs.emplace_back(t);
  std::vector<std::vector<std::string>> alone(threads);
  for (std::size_t t = 0; t < threads; ++t) {
    for (const Call call : calls) alone[t].push_back(call(inputs[t]));
    ASSERT_TRUE(std::string(luqsim_last_error()).starts_with("luqsim_pack_levels: format: ")) << "another call failed";
  }

  std::vector<std::vector<int>> differences(threads, std::vector<int>(std::size(calls)));
  std::barrier together(threads);
  const auto work = [&](std::size_t t) {
    for (int round = 0; round < rounds; ++round)
      for (std::size_t i = 0; i < std::size(calls); ++i) {
        together.arrive_and_wait();
        for (int n = 0; n < calls_a_meeting; ++n)
          if (calls[i](inputs[t]) != alone[t][i]) ++differences[t][i];
      }
  };
  {
    std::vector<std::jthread> running;
    for (std::size_t t = 0; t < threads; ++t) running.emplace_back(work, t);
  }
  for (std::size_t t = 0; t < threads; ++t)
    for (std::size_t i = 0; i < std::size(calls); ++i)
      EXPECT_EQ(differences[t][i], 0) << "thread " << t << ", call " << i;
}

}  // namespace
}  // namespace luqsim

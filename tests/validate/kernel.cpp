#include "kernel.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <random>

#include "luqsim/numerics/philox.h"
#include "luqsim/traces/trace_writer.h"

#include "oracle/dot_model.h"

namespace luqsim::test {
namespace {

using enum Hypothesis;

std::uint32_t bits(float x) { return std::bit_cast<std::uint32_t>(x); }
float from_bits(std::uint32_t b) { return std::bit_cast<float>(b); }
float without_subnormals(float x) { return (bits(x) & 0x7F800000U) == 0 ? from_bits(bits(x) & 0x80000000U) : x; }

float largest_magnitude(const Matrix& m) {
  float top = 0;
  for (const float v : m.values) top = std::max(top, std::fabs(v));
  return top;
}

struct Quantized {
  float scale = 0;
  std::vector<std::vector<std::uint8_t>> codes;  // by sample, one a byte, row-major
};

std::uint32_t lane(const KernelInput& in, std::uint32_t sample, std::uint64_t row, std::uint64_t col,
                   const Mistakes& m) {
  const std::uint64_t element = m.contains(random_by_column) ? col * in.d.rows + row : row * in.d.cols + col;
  const std::uint64_t each = m.contains(lane_per_word) ? 4 : 8, block = element / each;
  std::uint32_t third = in.stream.tensor, fourth = (in.stream.step / in.luq.reuse) << 8 | sample;
  if (m.contains(counter_without_sample)) fourth >>= 8;
  if (m.contains(counter_tensor_and_step_swapped)) std::swap(third, fourth);
  auto low = static_cast<std::uint32_t>(in.stream.seed), high = static_cast<std::uint32_t>(in.stream.seed >> 32);
  if (m.contains(key_halves_swapped)) std::swap(low, high);
  const auto words = philox4x32_10(
      {static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32), third, fourth}, {low, high});
  auto which = static_cast<std::uint32_t>(element % each);
  if (m.contains(lane_per_word)) return words[which] >> 16;
  if (m.contains(lanes_reversed)) which = 7 - which;
  if (m.contains(lanes_high_half_first)) which ^= 1;
  return which % 2 == 0 ? words[which / 2] & 0xFFFF : words[which / 2] >> 16;
}

std::uint8_t luq_code(float x, float alpha, float inverse, std::uint32_t random, const KernelInput& in,
                      const Mistakes& m) {
  if (m.contains(flushed_subnormals)) x = without_subnormals(x);
  const float magnitude = from_bits(bits(x) & 0x7FFFFFFFU);
  float r = m.contains(divided_by_scale) ? magnitude / alpha : magnitude * inverse;
  if (m.contains(flushed_subnormals)) r = without_subnormals(r);
  const int b = in.luq.random_bits, top = m.contains(top_exponent_7) ? 7 : in.luq.top_exponent;
  const std::uint32_t u = random >> (16 - b), twice = 2 * u + (m.contains(truncated_random) ? 0 : 1);
  int e = 0;
  if (r >= 1.0F) {
    e = std::min(static_cast<int>((bits(r) + (twice << (22 - b))) >> 23) - 127, top) + 1;
    e = std::min(e, 7);
  } else {
    const float threshold = 1.0F - static_cast<float>(twice) / static_cast<float>(2U << b);
    // A fused multiply-add keeps the product exact.
    const bool up = m.contains(contracted_product) ? std::fma(magnitude, inverse, -threshold) >= 0.0F : r >= threshold;
    e = up ? 1 : 0;
  }
  return static_cast<std::uint8_t>(e == 0 ? 0 : e | (x < 0 ? 8 : 0));
}

Quantized quantize_luq(const KernelInput& in, const Mistakes& m) {
  float top = largest_magnitude(in.d);
  if (m.contains(max_without_abs)) top = *std::ranges::max_element(in.d.values);
  top = in.estimate.value_or(top);
  const float power = m.contains(top_exponent_7) ? 128.0F : 64.0F;
  Quantized q{top / power, {}};
  for (std::uint32_t s = 0; s < in.samples; ++s) {
    q.codes.emplace_back();
    for (std::uint64_t i = 0; i < in.d.rows; ++i)
      for (std::uint64_t j = 0; j < in.d.cols; ++j)
        q.codes.back().push_back(luq_code(in.d.at(i, j), q.scale, power / top, lane(in, s, i, j, m), in, m));
  }
  return q;
}

float sawb_scale_of(const Matrix& a, const Mistakes& m) {
  const float top = largest_magnitude(a);
  const int exponent = std::ilogb(top);
  std::uint64_t sum = 0, squares = 0;
  for (const float v : a.values) {
    const auto x =
        static_cast<std::uint64_t>(std::nearbyint(std::ldexp(std::fabs(static_cast<double>(v)), 17 - exponent)));
    sum += x;
    squares += x * x;
  }
  if (m.contains(scale_in_binary32)) {
    const auto n = static_cast<float>(a.values.size());
    const float clip = std::ldexp(
        12.035F * std::sqrt(static_cast<float>(squares) / n) - 12.03F * (static_cast<float>(sum) / n), exponent - 17);
    return clip > 0 && clip <= top ? clip / 7.0F : top / 7.0F;
  }
  const double c1 = m.contains(other_clip_constants) ? 12.1 : 12.035,
               c2 = m.contains(other_clip_constants) ? 12.2 : 12.03;
  const auto n = static_cast<double>(a.values.size());
  const double clip =
      std::ldexp(c1 * std::sqrt(static_cast<double>(squares) / n) - c2 * (static_cast<double>(sum) / n), exponent - 17);
  return static_cast<float>((clip > 0 && clip <= top ? clip : static_cast<double>(top)) / 7.0);
}

Quantized quantize_sawb(const Matrix& a, const Mistakes& m) {
  Quantized q{sawb_scale_of(a, m), {{}}};
  const float inverse = 1.0F / q.scale;
  for (float x : a.values) {
    if (m.contains(flushed_subnormals)) x = without_subnormals(x);
    const float magic = 12582912.0F;
    float v = m.contains(divided_by_scale) ? x / q.scale : x * inverse;
    if (m.contains(round_half_away))
      v = std::round(v);
    else if (m.contains(contracted_product))
      v = std::fma(std::clamp(x, -8 * q.scale, 8 * q.scale), inverse, magic) - magic;
    else
      v = std::rint(v);
    q.codes[0].push_back(static_cast<std::uint8_t>(static_cast<int>(std::clamp(v, -7.0F, 7.0F)) & 0xF));
  }
  return q;
}

// In the order in which the file holds them.
std::vector<std::uint8_t> stored(const std::vector<std::uint8_t>& codes, std::uint64_t rows, std::uint64_t cols,
                                 const Mistakes& m) {
  std::vector<std::uint8_t> order = codes;
  if (m.contains(codes_transposed))
    for (std::uint64_t i = 0; i < rows; ++i)
      for (std::uint64_t j = 0; j < cols; ++j) order[j * rows + i] = codes[i * cols + j];
  std::vector<std::uint8_t> bytes(rows * ((cols + 1) / 2));
  for (std::uint64_t i = 0; i < rows; ++i)
    for (std::uint64_t j = 0; j < cols; ++j) {
      const bool high = (j % 2 == 1) != m.contains(nibbles_swapped);
      bytes[i * ((cols + 1) / 2) + j / 2] |= static_cast<std::uint8_t>(order[i * cols + j] << (high ? 4 : 0));
    }
  return bytes;
}

int integer_of_int4(std::uint8_t code, const Mistakes& m) {
  return m.contains(int4_unsigned) || code < 8 ? code : code - 16;
}
int integer_of_fp4(std::uint8_t code, const Mistakes& m) {
  const int e = code & 7, magnitude = e == 0 ? 0 : 1 << (e - 1);
  const int value = code >= 8 ? -magnitude : magnitude;
  return m.contains(fp4_doubled) ? static_cast<std::int8_t>(2 * value) : value;
}

// Rounded to fp16: 11 significant bits; the sums here stay in its range.
double to_fp16(double x) {
  if (x == 0) return 0;
  const int shift = 10 - std::ilogb(x);
  return std::ldexp(std::nearbyint(std::ldexp(x, shift)), -shift);
}

std::vector<float> multiply(const KernelInput& in, const Quantized& a, const Quantized& d, const Mistakes& m) {
  const std::uint64_t k_size = in.a.rows, rows = in.a.cols, cols = in.d.cols;
  const std::size_t samples = m.contains(first_sample_only) ? 1 : in.samples;
  const auto a_at = [&](std::uint64_t i, std::uint64_t k) {  // the GEMM's A is a transposed
    const std::uint64_t row = m.contains(a_transposed) ? i : k, col = m.contains(a_transposed) ? k : i;
    return integer_of_int4(a.codes[0][row * in.a.cols + (m.contains(a_nibbles_swapped) ? col ^ 1 : col)], m);
  };
  const auto d_at = [&](std::size_t s, std::uint64_t k, std::uint64_t j) {
    const std::uint64_t row = m.contains(b_transposed) ? j : k, col = m.contains(b_transposed) ? k : j;
    return integer_of_fp4(d.codes[s][row * in.d.cols + (m.contains(b_nibbles_swapped) ? col ^ 1 : col)], m);
  };
  const auto fp8_sum = [&](std::size_t s, std::uint64_t i, std::uint64_t j, float before) {
    std::vector<std::uint16_t> x, y;
    for (std::uint64_t k = 0; k < k_size; ++k) {
      x.push_back(static_cast<std::uint16_t>(encode(Format::fp8_e4m3, a_at(i, k))));
      y.push_back(static_cast<std::uint16_t>(encode(Format::fp8_e4m3, d_at(s, k, j))));
    }
    return oracle::dot({.fraction_bits = 13, .terms = 32, .chain = 1, .out = "e8m13"}, "fp8_e4m3", x, "fp8_e4m3", y,
                       before);
  };
  std::vector<float> out(rows * cols);
  for (std::uint64_t i = 0; i < rows; ++i)
    for (std::uint64_t j = 0; j < cols; ++j) {
      double total = 0;
      for (std::size_t s = 0; s < samples; ++s) {
        if (m.contains(hopper_fp8_sums)) {
          total = fp8_sum(s, i, j, static_cast<float>(total));
          continue;
        }
        double sum = 0;
        for (std::uint64_t k = 0; k < k_size; ++k) {
          sum += a_at(i, k) * d_at(s, k, j);
          if (m.contains(fp16_sums)) sum = to_fp16(sum);
          if (m.contains(fp32_sums)) sum = static_cast<double>(static_cast<float>(sum));
          if (m.contains(int16_sums)) sum = static_cast<std::int16_t>(static_cast<std::int32_t>(sum));
        }
        total += sum;
      }
      const float n = m.contains(samples_summed) ? 1.0F : static_cast<float>(samples);
      float value = static_cast<float>(total) * (a.scale * d.scale / n);
      if (m.contains(scales_in_turn)) value = static_cast<float>(total) * a.scale * d.scale / n;
      if (m.contains(scaled_in_binary64))
        value = static_cast<float>(total * static_cast<double>(a.scale) * static_cast<double>(d.scale) /
                                   static_cast<double>(n));
      out[m.contains(out_transposed) ? j * rows + i : i * cols + j] = value;
    }
  return out;
}

Operand operand_of(const Matrix& x, Format format, float scale, const std::string& name, std::size_t samples) {
  Operand o;
  o.format = format;
  o.rows = x.rows;
  o.cols = x.cols;
  o.scale = scale;
  o.source = name;
  for (std::size_t s = 0; s < samples; ++s) o.codes.push_back(name + ".codes" + std::to_string(s));
  return o;
}

float step(float x, int n) { return from_bits(bits(x) + static_cast<std::uint32_t>(n)); }

}  // namespace

KernelInput normal_input(std::uint64_t rows, std::uint64_t cols_a, std::uint64_t cols_d) {
  std::mt19937_64 random(9);
  std::normal_distribution<float> normal;
  KernelInput in;
  in.a = {rows, cols_a, std::vector<float>(rows * cols_a)};
  in.d = {rows, cols_d, std::vector<float>(rows * cols_d)};
  for (float& v : in.a.values) v = normal(random);
  for (float& v : in.d.values) v = normal(random) * std::exp(normal(random));
  return in;
}

KernelInput edge_input(std::uint64_t rows, std::uint64_t cols_a, std::uint64_t cols_d, float magnitude) {
  KernelInput in = normal_input(rows, cols_a, cols_d);
  std::mt19937_64 random(7);
  std::normal_distribution<float> normal;
  // A quarter of a is large and the rest small: the clip is beyond the maximum, so the scale is the maximum / 7,
  // whatever is done to the other values.
  const float top_a = 1.3F, inverse_a = 1.0F / (top_a / 7.0F);
  for (float& v : in.a.values) {
    const float tie = static_cast<float>(random() % 4 == 0 ? 5 + random() % 2 : random() % 2) + 0.5F;
    v = step(tie / inverse_a, static_cast<int>(random() % 3) - 1) * (random() % 2 == 0 ? 1.0F : -1.0F);
  }
  in.a.values[rows * cols_a / 2] = top_a;
  const float top = 1.7F * magnitude, inverse = 64.0F / top;
  for (std::uint64_t i = 0; i < rows; ++i)
    for (std::uint64_t j = 0; j < cols_d; ++j) {
      float& v = in.d.values[i * cols_d + j];
      v = magnitude * 0.05F * normal(random) * std::exp(normal(random));
      if (random() % 2 == 0) {
        const float below = 1.0F - static_cast<float>(2 * lane(in, 0, i, j, {}) + 1) / 131072.0F;
        const float edge = random() % 2 == 0 ? below : 1.0F + below;
        v = step(edge / inverse, static_cast<int>(random() % 5) - 2) * (random() % 2 == 0 ? 1.0F : -1.0F);
      }
      v = std::clamp(v, -0.9F * top, 0.9F * top);
    }
  in.d.values[rows * cols_d / 2] = -top;
  return in;
}

void run_kernel(const KernelInput& in, const Mistakes& m, const std::filesystem::path& path) {
  Quantized a = quantize_sawb(in.a, m), d = quantize_luq(in, m);
  const auto repeat = [](const std::vector<int>& pattern, std::vector<std::uint8_t>& codes) {
    for (std::size_t i = 0; i < codes.size() && !pattern.empty(); ++i)
      codes[i] = static_cast<std::uint8_t>(pattern[i % pattern.size()]);
  };
  repeat(in.codes_a, a.codes[0]);
  repeat(in.codes_d, d.codes[0]);
  TraceWriter writer(path, {.backend = "cuda", .device = "a kernel with mistakes"});
  Record record;
  record.id = "layer.wgrad";
  record.layer = "layer";
  record.pass = Pass::wgrad;
  record.m = in.a.cols;
  record.n = in.d.cols;
  record.k = in.a.rows;
  record.a = operand_of(in.a, Format::int4, a.scale, "a", 1);
  record.a.view = View::transposed;
  record.a.quantization = SawbQuantization{in.sawb};
  record.b = operand_of(in.d, Format::fp4_e3m0, d.scale, "d", in.samples);
  record.b.quantization = LuqQuantization{in.luq, in.stream, in.estimate};
  const std::vector<std::uint8_t> a_bytes = stored(a.codes[0], in.a.rows, in.a.cols, m);
  for (auto [x, operand, pattern] :
       {std::tuple{&in.a, &record.a, &in.codes_a}, std::tuple{&in.d, &record.b, &in.codes_d}})
    if (pattern->empty())
      writer.add(operand->source, x->values, x->rows, x->cols);
    else
      operand->source.clear(), operand->quantization.reset();
  writer.add("a.codes0", CodeView{Format::int4, in.a.rows, in.a.cols, a_bytes});
  for (std::size_t s = 0; s < in.samples; ++s) {
    const std::vector<std::uint8_t> bytes = stored(d.codes[s], in.d.rows, in.d.cols, m);
    writer.add(record.b.codes[s], CodeView{Format::fp4_e3m0, in.d.rows, in.d.cols, bytes});
  }
  record.out = writer.add("out", multiply(in, a, d, m), record.m, record.n);
  record.kernel = "with mistakes";
  record.dot_model = in.dot_model;
  writer.add(std::move(record));
  writer.commit();
}

}  // namespace luqsim::test

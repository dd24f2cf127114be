#include "oracle/block_scale.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "oracle/format.h"
#include "oracle/stochastic.h"

namespace oracle {
namespace {

const float nan_result = std::bit_cast<float>(0x7FC00000U);

float infinity(bool negative) {
  return negative ? -std::numeric_limits<float>::infinity() : std::numeric_limits<float>::infinity();
}

// Machine operations on what may be infinite or NaN.
float add(float a, float b) {
  if (std::isnan(a) || std::isnan(b)) return nan_result;
  if (std::isinf(a) && std::isinf(b) && (a < 0) != (b < 0)) return nan_result;
  if (std::isinf(a)) return a;
  if (std::isinf(b)) return b;
  return round_binary32(exact(a) + exact(b));
}
float multiply(float a, float b) {
  if (std::isnan(a) || std::isnan(b)) return nan_result;
  if (std::isinf(a) || std::isinf(b)) return a == 0 || b == 0 ? nan_result : infinity((a < 0) != (b < 0));
  return round_binary32(exact(a) * exact(b));
}

const CodeBook& elements() { return code_book("fp4_e2m1"); }

std::uint8_t mx_scale(const Rational& largest) {
  if (largest == 0) return 0;
  return static_cast<std::uint8_t>(std::max(floor_log2(largest) - 2, -127) + 127);
}

std::uint8_t nv_scale(const Rational& largest, float tensor_scale) {
  if (tensor_scale == 0) return 0;
  const float sixth = round_binary32(largest / 6);
  const float ratio = round_binary32(exact(sixth) / exact(tensor_scale));
  return static_cast<std::uint8_t>(
      nearest_finite(code_book("fp8_e4m3"), std::isinf(ratio) ? power_of_two(200) : exact(ratio), false));
}

// |x| in units of the block's step; nothing where the step is zero.
std::optional<Rational> ratio_of(float x, std::uint8_t scale, float tensor_scale, bool nvfp4) {
  if (!nvfp4) return abs(exact(x)) * power_of_two(127 - scale);
  if (scale == 0 || tensor_scale == 0) return std::nullopt;
  const float step = round_binary32(code_book("fp8_e4m3").codes[scale].magnitude * exact(tensor_scale));
  const float inverse = round_binary32(1 / exact(step));
  const float r = round_binary32(abs(exact(x)) * exact(inverse));
  return std::isinf(r) ? power_of_two(200) : exact(r);
}

Rational element_value(std::uint8_t code) {
  const Decoded& d = elements().codes[code];
  return d.negative ? -d.magnitude : d.magnitude;
}

}  // namespace

std::uint8_t block_element(float x, std::uint8_t scale, float tensor_scale, const BlockSettings& s, std::uint64_t u) {
  const std::optional<Rational> r = ratio_of(x, scale, tensor_scale, s.nvfp4);
  if (!r) return 0;
  const bool negative = std::signbit(x);
  return static_cast<std::uint8_t>(s.stochastic ? stochastic_code(elements(), *r, negative, u, s.bits)
                                                : nearest_finite(elements(), *r, negative));
}

Blocks quantize_blocks(const std::vector<float>& x, std::size_t rows, std::size_t cols, const BlockSettings& s,
                       const Stream& stream, float maximum) {
  Blocks result{rows, cols, {}, {}, 1};
  if (s.nvfp4)
    result.tensor_scale = exact(maximum) < power_of_two(-100) ? 0 : round_binary32(exact(maximum) / (6 * 448));
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t first = 0; first < cols; first += s.length()) {
      const std::size_t end = std::min(first + s.length(), cols);
      Rational largest = 0;
      for (std::size_t j = first; j < end; ++j) largest = std::max(largest, Rational(abs(exact(x[i * cols + j]))));
      const std::uint8_t scale = s.nvfp4 ? nv_scale(largest, result.tensor_scale) : mx_scale(largest);
      result.scales.push_back(scale);
      for (std::size_t j = first; j < end; ++j) {
        const std::size_t element = i * cols + j;
        const std::uint64_t u = s.stochastic ? random16(stream, element) >> (16 - s.bits) : 0;
        result.codes.push_back(block_element(x[element], scale, result.tensor_scale, s, u));
      }
    }
  return result;
}

std::vector<float> multiply_blocks(const Blocks& a, const Blocks& b, const BlockSettings& s) {
  const CodeBook& scales = code_book(s.nvfp4 ? "fp8_e4m3" : "e8m0");
  const std::size_t blocks = (a.cols + s.length() - 1) / s.length();
  std::vector<float> out;
  for (std::size_t m = 0; m < a.rows; ++m)
    for (std::size_t n = 0; n < b.rows; ++n) {
      float acc = 0;
      for (std::size_t k = 0; k < blocks; ++k) {
        const Decoded &x = scales.codes[a.scales[m * blocks + k]], &y = scales.codes[b.scales[n * blocks + k]];
        if (x.kind == Decoded::Kind::nan || y.kind == Decoded::Kind::nan) {
          acc = nan_result;
          continue;
        }
        Rational sum = 0;
        for (std::size_t j = k * s.length(); j < std::min((k + 1) * s.length(), a.cols); ++j)
          sum += element_value(a.codes[m * a.cols + j]) * element_value(b.codes[n * b.cols + j]);
        acc = add(acc, round_binary32(sum * x.magnitude * y.magnitude));
      }
      out.push_back(multiply(acc, multiply(a.tensor_scale, b.tensor_scale)));
    }
  return out;
}

}  // namespace oracle

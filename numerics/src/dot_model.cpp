#include "luqsim/numerics/dot_model.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "vectorize.h"

namespace luqsim {
namespace {

// value = significand * 2^(exponent - mantissa bits of the format), not normalised: a subnormal has the exponent of the
// smallest normal number. Two exponents are marks: of a zero, so low that it is never the largest, and of a NaN
// (significand 0) or an infinity (significand +-1).
struct Element {
  std::int16_t significand, exponent;
};
constexpr std::int16_t zero_exponent = -8192, special_exponent = 8192;

// Exponents below this one do not align anything: it is that of the smallest normal accumulator.
constexpr std::int32_t lowest_exponent = -126;
constexpr int accumulator_mantissa = 23;

Element element_of(const FormatInfo& f, std::uint32_t code) {
  const std::uint32_t mantissa = code & ((1U << f.mantissa_bits) - 1), fields = (1U << f.exponent_bits) - 1;
  const std::uint32_t field = (code >> f.mantissa_bits) & fields;
  const int sign = (code >> (f.bits - 1)) & 1 ? -1 : 1;
  if (field == fields && f.specials == Specials::ieee)
    return {static_cast<std::int16_t>(mantissa == 0 ? sign : 0), special_exponent};
  if (field == fields && f.specials == Specials::nan_only && mantissa == (1U << f.mantissa_bits) - 1)
    return {0, special_exponent};
  if (field == 0 && mantissa == 0) return {0, zero_exponent};
  const std::uint32_t significand = mantissa + (field == 0 ? 0 : 1U << f.mantissa_bits);
  return {static_cast<std::int16_t>(sign * static_cast<int>(significand)),
          static_cast<std::int16_t>(static_cast<int>(std::max(field, 1U)) - f.bias)};
}

struct Elements {
  std::vector<std::int16_t> significands, exponents;
  bool special = false;
};

Elements take_apart(const DotCodes& x) {
  const FormatInfo& f = format_info(x.format);
  Elements out;
  out.significands.reserve(x.codes.size());
  out.exponents.reserve(x.codes.size());
  for (const std::uint16_t code : x.codes) {
    const Element e = element_of(f, code);
    out.significands.push_back(e.significand);
    out.exponents.push_back(e.exponent);
    out.special = out.special || e.exponent == special_exponent;
  }
  return out;
}

// What a kernel needs of a model and two formats.
struct Constants {
  int fraction_bits;         // F
  int product_mantissa;      // fraction bits of an exact product
  int out_mantissa;          // fraction bits of the result
  std::int32_t out_minimum;  // exponent of the result's smallest normal number: an accumulator's exponent is no lower
  bool to_nearest_fp16;
};

Constants constants_of(const DotModel& model, Format a, Format b) {
  const bool fp16 = model.out == DotOutput::fp16;
  return {static_cast<int>(model.fraction_bits), format_info(a).mantissa_bits + format_info(b).mantissa_bits,
          model.out == DotOutput::e8m13 ? 13 : accumulator_mantissa, fp16 ? -14 : lowest_exponent, fp16};
}

constexpr float canonical_nan() { return std::bit_cast<float>(0x7FFFFFFFU); }

bool is_finite(float c) { return (std::bit_cast<std::uint32_t>(c) & 0x7F800000U) != 0x7F800000U; }

// sum * 2^unit rounded to the output. |sum| < 2^53, so that binary64 holds every value before the rounding, and
// converting to binary32 afterwards only turns what is 2^128 and more into infinity. A zero sum is +0; a sum that
// rounds to zero keeps its sign.
float round_sum(std::int64_t sum, std::int32_t unit, const Constants& k) {
  const double exact = static_cast<double>(sum) * std::bit_cast<double>(static_cast<std::uint64_t>(1023 + unit) << 52);
  if (k.to_nearest_fp16) return static_cast<float>(decode(Format::fp16, encode(Format::fp16, exact)));
  const auto bits = std::bit_cast<std::uint64_t>(exact);
  const std::int32_t exponent = static_cast<std::int32_t>((bits >> 52) & 0x7FF) - 1023;
  const std::int32_t dropped = 52 - k.out_mantissa + std::max(0, lowest_exponent - exponent);
  const std::uint64_t kept = dropped > 52 ? bits >> 63 << 63 : bits >> dropped << dropped;
  return static_cast<float>(std::bit_cast<double>(kept));
}

constexpr std::size_t tile = 64;

// The state of a step for up to `tile` columns.
struct Columns {
  std::array<std::int32_t, tile> exponent;  // the largest of the terms
  std::array<std::int64_t, tile> sum;       // in units of 2^(exponent - F)
};

// The first of a step's operands, `terms` of the row, and the block of the matrix that they meet.
struct Block {
  const std::int16_t *row_significands, *row_exponents;
  const std::int16_t *significands, *exponents;
  std::size_t terms, stride;
};

__attribute__((always_inline)) inline std::int64_t cut(std::int32_t significand, int fraction_bits,
                                                       std::int32_t shift) {
  const std::uint64_t magnitude = static_cast<std::uint64_t>(std::abs(significand)) << fraction_bits;
  const auto aligned = static_cast<std::int64_t>(magnitude >> std::min(shift, 63));
  return significand < 0 ? -aligned : aligned;
}

// The accumulators, whose exponents the largest of a step start from. Those that are not finite count as anything:
// the caller keeps them.
LUQSIM_VECTORIZE void start_columns(const float* c, std::size_t n, std::int32_t minimum, Columns& columns) {
  for (std::size_t j = 0; j < n; ++j) {
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(c[j]), field = (bits >> 23) & 0xFF;
    const auto own = std::max(static_cast<std::int32_t>(std::max(field, 1U)) - 127, minimum);
    columns.exponent[j] = (bits << 1) == 0 ? lowest_exponent : own;
  }
}

LUQSIM_VECTORIZE void align_columns(const Block& block, std::size_t n, Columns& columns) {
  std::int32_t* __restrict largest = columns.exponent.data();
  for (std::size_t i = 0; i < block.terms; ++i) {
    const std::int16_t* __restrict exponents = block.exponents + i * block.stride;
    const std::int32_t row = block.row_exponents[i];
    for (std::size_t j = 0; j < n; ++j) largest[j] = std::max(largest[j], row + exponents[j]);
  }
}

LUQSIM_VECTORIZE void sum_columns(const float* c, const Block& block, std::size_t n, int fraction_bits,
                                  int product_mantissa, Columns& columns) {
  const std::int32_t* __restrict largest = columns.exponent.data();
  std::int64_t* __restrict sum = columns.sum.data();
  for (std::size_t j = 0; j < n; ++j) {
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(c[j]), field = (bits >> 23) & 0xFF;
    const auto significand = static_cast<std::int32_t>((bits & 0x7FFFFFU) | (field == 0 ? 0U : 0x800000U));
    const std::int32_t own = static_cast<std::int32_t>(std::max(field, 1U)) - 127;
    const std::int32_t shift = accumulator_mantissa + largest[j] - own;
    sum[j] = cut(bits >> 31 != 0 ? -significand : significand, fraction_bits, shift);
  }
  for (std::size_t i = 0; i < block.terms; ++i) {
    const std::int32_t row = block.row_significands[i];
    if (row == 0) continue;
    const std::int16_t* __restrict significands = block.significands + i * block.stride;
    const std::int16_t* __restrict exponents = block.exponents + i * block.stride;
    const std::int32_t base = product_mantissa - block.row_exponents[i];
    for (std::size_t j = 0; j < n; ++j)
      sum[j] += cut(row * significands[j], fraction_bits, base + largest[j] - exponents[j]);
  }
}

// One step of finite elements for n <= tile columns.
void step_columns(const Constants& k, const Block& block, std::span<float> c) {
  Columns columns;
  start_columns(c.data(), c.size(), k.out_minimum, columns);
  align_columns(block, c.size(), columns);
  sum_columns(c.data(), block, c.size(), k.fraction_bits, k.product_mantissa, columns);
  for (std::size_t j = 0; j < c.size(); ++j) {
    if (is_finite(c[j]))
      c[j] = round_sum(columns.sum[j], columns.exponent[j] - k.fraction_bits, k);
    else if (std::isnan(c[j]))
      c[j] = canonical_nan();
  }
}

// All steps of a dot product: `step(first, count)` for the products first .. first + count - 1.
template <class Step>
void for_each_step(const DotModel& model, std::size_t k, Step step) {
  const std::size_t instruction = std::size_t{model.terms} * model.chain;
  const std::size_t padded = (k + instruction - 1) / instruction * instruction;
  for (std::size_t first = 0; first < padded; first += model.terms)
    step(std::min(first, k), std::min<std::size_t>(model.terms, k - std::min(first, k)));
}

// The result of a step with a NaN or an infinity among its terms; nothing where all are finite.
std::optional<float> special_result(const Elements& a, const Elements& b, std::size_t first, std::size_t count,
                                    float c) {
  bool nan = std::isnan(c), positive = std::isinf(c) && c > 0, negative = std::isinf(c) && c < 0;
  for (std::size_t i = first; i < first + count; ++i) {
    if (a.exponents[i] != special_exponent && b.exponents[i] != special_exponent) continue;
    const int sign = a.significands[i] * b.significands[i];  // 0: a NaN, or infinity times zero
    (sign == 0 ? nan : sign > 0 ? positive : negative) = true;
  }
  if (nan || (positive && negative)) return canonical_nan();
  if (!positive && !negative) return std::nullopt;
  return positive ? std::numeric_limits<float>::infinity() : -std::numeric_limits<float>::infinity();
}

float step_elements(const Constants& k, const Elements& a, const Elements& b, std::size_t first, std::size_t count,
                    float c) {
  if (const auto special = special_result(a, b, first, count, c)) return *special;
  const Block block{a.significands.data() + first,
                    a.exponents.data() + first,
                    b.significands.data() + first,
                    b.exponents.data() + first,
                    count,
                    1};
  step_columns(k, block, std::span(&c, 1));
  return c;
}

float dot_elements(const DotModel& model, const Constants& k, const Elements& a, const Elements& b, float c) {
  for_each_step(model, a.significands.size(),
                [&](std::size_t first, std::size_t count) { c = step_elements(k, a, b, first, count, c); });
  return c;
}

void require_format(Format format) {
  if (!is_dot_format(format))
    throw std::invalid_argument("dot model operand format: " + std::string(name_of(format)) +
                                "; wanted fp16, bf16, fp8_e4m3 or fp8_e5m2");
}

void check(const DotModel& model, const DotCodes& a, const DotCodes& b) {
  validate(model);
  require_format(a.format);
  require_format(b.format);
  if (a.codes.size() != b.codes.size())
    throw std::invalid_argument("dot model: " + std::to_string(a.codes.size()) + " and " +
                                std::to_string(b.codes.size()) + " codes; wanted equal numbers");
}

}  // namespace

void validate(const DotModel& model) {
  const auto check = [](const char* field, std::uint32_t value, std::uint32_t largest) {
    if (value < 1 || value > largest)
      throw std::invalid_argument(std::string("dot model ") + field + ": " + std::to_string(value) + "; wanted 1 to " +
                                  std::to_string(largest));
  };
  check("fraction_bits", model.fraction_bits, max_dot_fraction_bits);
  check("terms", model.terms, max_dot_terms);
  check("chain", model.chain, max_dot_chain);
}

DotModel dot_model(DotPreset preset) {
  switch (preset) {
    case DotPreset::hopper_fp16:
    case DotPreset::hopper_bf16:
      return {.fraction_bits = 25, .terms = 16, .chain = 1, .out = DotOutput::fp32};
    case DotPreset::hopper_fp8:
      return {.fraction_bits = 13, .terms = 32, .chain = 1, .out = DotOutput::e8m13};
    case DotPreset::ampere_fp16:
    case DotPreset::ampere_bf16:
    case DotPreset::ada_fp16:
    case DotPreset::ada_bf16:
      return {.fraction_bits = 24, .terms = 8, .chain = 2, .out = DotOutput::fp32};
  }
  throw std::invalid_argument("dot model: no such preset");
}

Format dot_format(DotPreset preset) {
  switch (preset) {
    case DotPreset::hopper_bf16:
    case DotPreset::ampere_bf16:
    case DotPreset::ada_bf16:
      return Format::bf16;
    case DotPreset::hopper_fp8:
      return Format::fp8_e4m3;
    default:
      return Format::fp16;
  }
}

bool is_dot_format(Format format) {
  return format == Format::fp16 || format == Format::bf16 || format == Format::fp8_e4m3 || format == Format::fp8_e5m2;
}

float dot_step(const DotModel& model, const DotCodes& a, const DotCodes& b, float c) {
  check(model, a, b);
  if (a.codes.size() > model.terms)
    throw std::invalid_argument("dot model step: " + std::to_string(a.codes.size()) + " products; wanted at most " +
                                std::to_string(model.terms));
  return step_elements(constants_of(model, a.format, b.format), take_apart(a), take_apart(b), 0, a.codes.size(), c);
}

float dot(const DotModel& model, const DotCodes& a, const DotCodes& b, float c) {
  check(model, a, b);
  return dot_elements(model, constants_of(model, a.format, b.format), take_apart(a), take_apart(b), c);
}

DotMatrix::DotMatrix(const DotCodes& b, std::size_t rows, std::size_t cols)
    : format_(b.format), rows_(rows), cols_(cols), special_(cols) {
  require_format(b.format);
  if (b.codes.size() != rows * cols)
    throw std::invalid_argument("dot model matrix: " + std::to_string(b.codes.size()) + " codes; wanted " +
                                std::to_string(rows) + " x " + std::to_string(cols));
  Elements elements = take_apart(b);
  significands_ = std::move(elements.significands);
  exponents_ = std::move(elements.exponents);
  if (!elements.special) return;
  for (std::size_t i = 0; i < exponents_.size(); ++i)
    if (exponents_[i] == special_exponent) special_[i % cols_] = 1;
}

void dot_row(const DotModel& model, const DotCodes& a, const DotMatrix& b, std::span<float> c) {
  validate(model);
  require_format(a.format);
  if (a.codes.size() != b.rows_ || c.size() != b.cols_)
    throw std::invalid_argument("dot model row: " + std::to_string(a.codes.size()) + " codes and " +
                                std::to_string(c.size()) + " results; wanted " + std::to_string(b.rows_) + " and " +
                                std::to_string(b.cols_));
  const Constants constants = constants_of(model, a.format, b.format_);
  const Elements row = take_apart(a);
  for (std::size_t j = 0; j < b.cols_; ++j) {
    if (!row.special && b.special_[j] == 0) continue;
    Elements column;
    for (std::size_t i = 0; i < b.rows_; ++i) {
      column.significands.push_back(b.significands_[i * b.cols_ + j]);
      column.exponents.push_back(b.exponents_[i * b.cols_ + j]);
    }
    c[j] = dot_elements(model, constants, row, column, c[j]);
  }
  if (row.special) return;
  for (std::size_t first_col = 0; first_col < b.cols_; first_col += tile) {
    const std::size_t n = std::min(tile, b.cols_ - first_col);
    std::array<float, tile> sums;
    std::ranges::copy(c.subspan(first_col, n), sums.begin());
    for_each_step(model, b.rows_, [&](std::size_t first, std::size_t count) {
      const std::size_t at = first * b.cols_ + first_col;
      step_columns(constants,
                   {row.significands.data() + first, row.exponents.data() + first, b.significands_.data() + at,
                    b.exponents_.data() + at, count, b.cols_},
                   std::span(sums).first(n));
    });
    // Columns done before are among them: a NaN or an infinity, which every step of finite numbers leaves as it is.
    std::ranges::copy(std::span(sums).first(n), c.begin() + static_cast<std::ptrdiff_t>(first_col));
  }
}

}  // namespace luqsim

// Dot products of floating-point tensor cores, which round neither each product nor each sum as IEEE 754 does: a block
// of products and the accumulator are aligned to the largest exponent, cut off, summed as integers and rounded once.
//
// The model and the numbers of the presets are published measurements: MMA-Sim (Xie et al., "MMA-Sim: bit-accurate
// reference model of tensor cores and matrix cores", arXiv 2511.10909) and Khattak and Mikaitis ("Accurate models of
// NVIDIA tensor cores", arXiv 2512.07004). docs/numerics.md states the arithmetic with its special values.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "luqsim/numerics/format.h"

namespace luqsim {

// What a step's exact sum of cut-off terms is rounded to; always returned as binary32.
enum class DotOutput : std::uint8_t {
  fp32,   // toward zero, 23 fraction bits
  e8m13,  // toward zero, 13 fraction bits, binary32's exponents
  fp16,   // to nearest even
};
template <>
struct EnumNames<DotOutput> {
  static constexpr std::array<std::string_view, 3> names{"fp32", "e8m13", "fp16"};
};

struct DotModel {
  std::uint32_t fraction_bits = 25;  // F: of every aligned term, below the largest exponent; 1..36
  std::uint32_t terms = 16;          // K: products that one step sums together with the accumulator; 1..1024
  std::uint32_t chain = 1;           // steps that one instruction runs in sequence; 1..64
  DotOutput out = DotOutput::fp32;

  bool operator==(const DotModel&) const = default;
};

inline constexpr std::uint32_t max_dot_fraction_bits = 36, max_dot_terms = 1024, max_dot_chain = 64;

// Throws std::invalid_argument naming the field that is out of range.
void validate(const DotModel& model);

// Measured tensor cores. hopper_fp8 is wgmma; mma.sync of FP8 on sm_90 goes through fp16 and is no preset here.
enum class DotPreset : std::uint8_t {
  hopper_fp16,
  hopper_bf16,
  hopper_fp8,
  ampere_fp16,
  ampere_bf16,
  ada_fp16,
  ada_bf16
};
template <>
struct EnumNames<DotPreset> {
  static constexpr std::array<std::string_view, 7> names{"hopper_fp16", "hopper_bf16", "hopper_fp8", "ampere_fp16",
                                                         "ampere_bf16", "ada_fp16",    "ada_bf16"};
};
DotModel dot_model(DotPreset preset);
// The operands' format; hopper_fp8: fp8_e4m3 (fp8_e5m2 has the same numbers).
Format dot_format(DotPreset preset);

// True for the operand formats: fp16, bf16, fp8_e4m3, fp8_e5m2.
bool is_dot_format(Format format);

// A run of codes of one operand format; of the 8-bit formats the low byte counts.
struct DotCodes {
  Format format = Format::fp16;
  std::span<const std::uint16_t> codes;
};

// One step: a.codes.size() == b.codes.size() <= model.terms; missing terms are zeros. a and b may differ in format.
// Throws std::invalid_argument for another size, a format that is no operand's, or a model that is not valid.
float dot_step(const DotModel& model, const DotCodes& a, const DotCodes& b, float c);

// The dot product over all k = a.codes.size() == b.codes.size(), in order: whole instructions of terms * chain
// products, the last one filled up with zeros, each step's result the next one's accumulator. k = 0 returns c as it
// is. Errors as dot_step.
float dot(const DotModel& model, const DotCodes& a, const DotCodes& b, float c = 0);

// A right-hand matrix, row-major rows x cols, taken apart once for many rows of a left-hand one.
class DotMatrix {
 public:
  // Throws std::invalid_argument when b.codes.size() is not rows * cols or the format is no operand's.
  DotMatrix(const DotCodes& b, std::size_t rows, std::size_t cols);

  std::size_t rows() const { return rows_; }
  std::size_t cols() const { return cols_; }

 private:
  friend void dot_row(const DotModel& model, const DotCodes& a, const DotMatrix& b, std::span<float> c);

  Format format_;
  std::size_t rows_, cols_;
  std::vector<std::int16_t> significands_, exponents_;  // as the elements' own, row-major
  std::vector<std::uint8_t> special_;                   // by column: holds a NaN or an infinity
};

// c[j] = dot(model, a, column j of b, c[j]) for every column. a.codes.size() == b.rows(), c.size() == b.cols(), or
// std::invalid_argument.
void dot_row(const DotModel& model, const DotCodes& a, const DotMatrix& b, std::span<float> c);

}  // namespace luqsim

// The adder that sums products in a processing element: a hardware design choice.
#pragma once
#include <cstdint>
#include <span>

#include "luqsim/numerics/enum_names.h"

namespace luqsim {

enum class AccumulatorKind : std::uint8_t { int16, int20, int24, int32, fp32, bf16, fp16, chunk };
template <>
struct EnumNames<AccumulatorKind> {
  static constexpr std::array<std::string_view, 8> names{"int16", "int20", "int24", "int32",
                                                         "fp32",  "bf16",  "fp16",  "chunk"};
};

enum class Overflow : std::uint8_t { wrap, saturate };
template <>
struct EnumNames<Overflow> {
  static constexpr std::array<std::string_view, 2> names{"wrap", "saturate"};
};

struct AccumulatorConfig {
  AccumulatorKind kind = AccumulatorKind::int32;
  Overflow overflow = Overflow::wrap;  // integers only
  std::uint32_t chunk_length = 64;     // chunk only: fp16 sums of this many terms, summed in fp16 (Wang et al., 2018)
};

// Width of an integer accumulator in bits; 0 for the floating-point ones.
int integer_bits(AccumulatorKind kind);

// Longest sum of terms of magnitude <= max_product that is exact whatever their signs and order: integers from their
// width, floating point from its significand (the sum stays an integer that it holds exactly). 0 where not even one
// term is sure to be held. max_product >= 1, or std::invalid_argument.
std::uint64_t exact_terms(const AccumulatorConfig& config, std::uint32_t max_product);

// One accumulator. Floating-point kinds round each addition to nearest even in the order of the terms.
struct AccumulatorState {
  double value = 0;  // of the accumulator (the outer sum of chunk)
  double chunk = 0;  // chunk: the running inner sum
  std::uint32_t chunk_terms = 0;
  std::uint64_t overflows = 0;  // integer additions that wrapped or saturated
};
void accumulate(const AccumulatorConfig& config, std::span<const std::int32_t> terms, AccumulatorState& state);
// The accumulated value as binary32 (rounded once).
float accumulated(const AccumulatorConfig& config, const AccumulatorState& state);

}  // namespace luqsim

// The formats in which a design stores and multiplies operands: a trace's own 4-bit codes, or what others build.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "luqsim/numerics/accumulator.h"
#include "luqsim/numerics/product.h"

namespace luqsim {

enum class OperandFormat : std::uint8_t {
  int4,        // int4 or uint4, as a trace has it
  fp4_e3m0,    // LUQ's gradients, as a trace has them
  fp4_radix4,  // powers of 4 (Sun et al., 2020); a tensor is quantized twice, once for dgrad and once for wgrad
  int8,        // one scale a tensor
  fp8_e4m3,    // one scale a tensor
  fp8_e5m2,    // one scale a tensor
  bf16,
  fp32,
  mxfp4,  // E2M1 in blocks of 32 along k with an E8M0 scale (OCP MX)
  nvfp4,  // E2M1 in blocks of 16 along k with an E4M3 scale, and one scale a tensor
};
template <>
struct EnumNames<OperandFormat> {
  static constexpr std::array<std::string_view, 10> names{"int4",     "fp4_e3m0", "fp4_radix4", "int8",  "fp8_e4m3",
                                                          "fp8_e5m2", "bf16",     "fp32",       "mxfp4", "nvfp4"};
};

struct OperandFormatInfo {
  int bits;                // of a code
  std::uint32_t block;     // elements that share a scale of 8 bits; 0: none
  bool measured;           // the whole tensor's maximum is needed before it can be quantized
  bool moments;            // and SAWB's moments, in a pass of their own
  bool stochastic;         // gradients take random numbers
  std::uint32_t versions;  // 2: a tensor is quantized for each pass that uses it, else once
  std::uint32_t largest;   // value of a code that is quantized to, in units of the scale; 0: values are no integers
};
const OperandFormatInfo& operand_format_info(OperandFormat format);

// How much room operands take: bits of 32 elements with their share of block scales.
struct OperandSize {
  std::uint64_t bits_of_32 = 128;

  // In this order a product stays below 2^64 where the elements do.
  constexpr std::uint64_t bytes(std::uint64_t elements) const {
    return elements / 32 * (bits_of_32 / 8) + (elements % 32 * bits_of_32 + 255) / 256;
  }
  constexpr std::uint64_t elements_in(std::uint64_t bytes) const { return bytes * 256 / bits_of_32; }
  double bits() const { return static_cast<double>(bits_of_32) / 32; }
  bool operator==(const OperandSize&) const = default;
};
OperandSize operand_size(OperandFormat format);

// True where a product multiplies these, in either order.
bool takes(Product product, OperandFormat a, OperandFormat b);
// True where a PE sums this product so: there are gates for it.
bool sums(Product product, AccumulatorKind accumulator);
// True where a PE may have several lanes: it sums their products exactly.
bool sums_lanes(Product product);

}  // namespace luqsim

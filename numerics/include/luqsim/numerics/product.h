// The multiplier in a processing element: a hardware design choice. Exact ones give the same value, in other gates.
// Those from radix4_mul on take formats that no trace holds: time, area and energy alone are modelled with them.
#pragma once
#include <array>
#include <cstdint>

#include "luqsim/numerics/format.h"

namespace luqsim {

enum class Product : std::uint8_t {
  int4_mul,      // int4 | uint4 x int4: fprop
  shift,         // int4 | uint4 x fp4_e3m0: |w| << (e - 1)
  fp7_mul,       // both cast to FP7 [1,4,2], FP7 multiply: the paper's standard block; rounds uint4 above 8
  mf_bprop,      // sign XOR, exponent add, mantissa select -> FP7 (appendix A.4); no multiplier; rounds uint4 above 8
  radix4_mul,    // int4 x radix-4 FP4: |w| << 2 (e - 1), and one more in the odd phase
  int8_mul,      // int8 x int8
  int4_fp8_mul,  // int4 x fp8
  fp8_mul,       // fp8 x fp8, both kinds
  bf16_mul,      // bf16 x bf16
  fp32_mul,      // fp32 x fp32
  e2m1_mul,      // of a block: E2M1 x E2M1
};
template <>
struct EnumNames<Product> {
  static constexpr std::array<std::string_view, 11> names{"int4_mul",   "shift",    "fp7_mul",      "mf_bprop",
                                                          "radix4_mul", "int8_mul", "int4_fp8_mul", "fp8_mul",
                                                          "bf16_mul",   "fp32_mul", "e2m1_mul"};
};

// FP7 [1,4,2] codes. The cast (of int4, uint4 or fp4_e3m0) and the product round to nearest even; a product saturates
// at 28672.
std::uint8_t cast_to_fp7(Format format, std::uint8_t code);
std::uint8_t fp7_multiply(std::uint8_t a, std::uint8_t b);
// MF-BPROP: an integer code (int4 or uint4) times a fp4_e3m0 code, as a FP7 code.
std::uint8_t mf_bprop_multiply(Format integer_format, std::uint8_t integer, std::uint8_t fp4);

// True where the product takes these operand formats, in either order.
bool accepts(Product product, Format a, Format b);

// All 256 products as integers (every one is), indexed by a_code * 16 + b_code.
struct ProductTable {
  std::array<std::int32_t, 256> value{};
  bool exact = false;  // equals decode(a) * decode(b) for every pair that a quantizer can emit (int4 -8 apart)

  std::int32_t operator()(std::uint8_t a, std::uint8_t b) const { return value[a * 16U + b]; }
};
// Throws std::invalid_argument unless accepts(product, a, b).
ProductTable make_product_table(Product product, Format a, Format b);

}  // namespace luqsim

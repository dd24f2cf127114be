// Number formats: one constexpr table, and the decode, encode and print that follow from it.
#pragma once
#include <cstdint>
#include <string>

#include "luqsim/numerics/enum_names.h"

namespace luqsim {

enum class Format : std::uint8_t {
  int4,
  uint4,
  fp4_e3m0,
  fp4_e2m1,
  fp7_e4m2,
  fp8_e4m3,
  fp8_e5m2,
  e8m0,
  fp16,
  bf16,
  fp32,
  int8
};

template <>
struct EnumNames<Format> {
  static constexpr std::array<std::string_view, 12> names{"int4",     "uint4",    "fp4_e3m0", "fp4_e2m1",
                                                          "fp7_e4m2", "fp8_e4m3", "fp8_e5m2", "e8m0",
                                                          "fp16",     "bf16",     "fp32",     "int8"};
};

enum class Specials : std::uint8_t {
  none,      // every code is a finite number
  ieee,      // the largest exponent holds infinity (mantissa 0) and NaN
  nan_only,  // only the code of all ones (sign apart) is NaN
};

// A code is sign | exponent | mantissa from the top bit down (an integer has no exponent and no bias).
// Exponent field 0 holds zero and the subnormals, except in e8m0, which has neither sign nor zero.
struct FormatInfo {
  Format format;
  int bits;  // of a code
  bool is_signed;
  int exponent_bits;  // 0: an integer, two's complement when signed
  int mantissa_bits;
  int bias;  // value = significand * 2^(exponent field - bias)
  Specials specials;
  bool overflows_to_infinity;  // encode: otherwise it saturates
  double max;                  // largest finite value
};

inline constexpr std::array<FormatInfo, 12> format_table{{
    {Format::int4, 4, true, 0, 3, 0, Specials::none, false, 7},  // decoders accept -8, quantizers emit -7..7
    {Format::uint4, 4, false, 0, 4, 0, Specials::none, false, 15},
    {Format::fp4_e3m0, 4, true, 3, 0, 1, Specials::none, false, 64},  // in units of alpha (arXiv 2112.10769, section 4)
    {Format::fp4_e2m1, 4, true, 2, 1, 1, Specials::none, false, 6},   // OCP MX 1.0, NVFP4
    {Format::fp7_e4m2, 7, true, 4, 2, 1, Specials::none, false, 28672},       // product of INT4 and FP4 (appendix A.4)
    {Format::fp8_e4m3, 8, true, 4, 3, 7, Specials::nan_only, false, 448},     // OCP FP8
    {Format::fp8_e5m2, 8, true, 5, 2, 15, Specials::ieee, false, 57344},      // OCP FP8, saturating conversion
    {Format::e8m0, 8, false, 8, 0, 127, Specials::nan_only, false, 0x1p127},  // OCP MX scale
    {Format::fp16, 16, true, 5, 10, 15, Specials::ieee, true, 65504},
    {Format::bf16, 16, true, 8, 7, 127, Specials::ieee, true, 0x1.fep127},
    {Format::fp32, 32, true, 8, 23, 127, Specials::ieee, true, 0x1.fffffep127},
    {Format::int8, 8, true, 0, 7, 0, Specials::none, false, 127},  // decoders accept -128, quantizers emit -127..127
}};

constexpr const FormatInfo& format_info(Format format) { return format_table[static_cast<std::size_t>(format)]; }

// The exact value of a code; bits above format_info(format).bits are ignored. Every format fits binary64.
double decode(Format format, std::uint32_t code);

// The code nearest to `value`, ties to the even code; above the maximum as format_info says. A zero of fp4_e3m0 and of
// the integers has code 0 whatever its sign. int4 is clamped to -7..7, int8 to -127..127. Throws std::domain_error for
// NaN where the format has none, and for a value that e8m0 cannot hold (zero, negative).
std::uint32_t encode(Format format, double value);

// "0x9 (-1)": a code in hexadecimal with its value.
std::string print_code(Format format, std::uint32_t code);

}  // namespace luqsim

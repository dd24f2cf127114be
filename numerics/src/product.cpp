#include "luqsim/numerics/product.h"

#include <cmath>
#include <stdexcept>
#include <string>

namespace luqsim {
namespace {

constexpr bool is_integer(Format f) { return f == Format::int4 || f == Format::uint4; }

struct SignMagnitude {
  bool negative;
  std::uint32_t magnitude;
};

SignMagnitude split(Format format, std::uint8_t code) {
  const auto value = static_cast<int>(decode(format, code));
  return {value < 0, static_cast<std::uint32_t>(std::abs(value))};
}

std::int32_t with_sign(bool negative, std::int32_t magnitude) { return negative ? -magnitude : magnitude; }

// |w| << (e - 1): a barrel shifter and a sign.
std::int32_t shift_product(Format integer_format, std::uint8_t integer, std::uint8_t fp4) {
  const auto [negative, magnitude] = split(integer_format, integer);
  const int e = fp4 & 7;
  const std::int32_t shifted = e == 0 ? 0 : static_cast<std::int32_t>(magnitude << (e - 1));
  return with_sign(negative != ((fp4 & 8) != 0), shifted);
}

constexpr std::uint8_t fp7_sign = 0x40, fp7_max = 0x3F;

std::int32_t product_value(Product product, Format a, std::uint8_t a_code, Format b, std::uint8_t b_code) {
  if (product == Product::int4_mul) return static_cast<std::int32_t>(decode(a, a_code) * decode(b, b_code));
  if (product == Product::fp7_mul)
    return static_cast<std::int32_t>(
        decode(Format::fp7_e4m2, fp7_multiply(cast_to_fp7(a, a_code), cast_to_fp7(b, b_code))));
  const bool integer_first = is_integer(a);
  const Format format = integer_first ? a : b;
  const std::uint8_t integer = integer_first ? a_code : b_code, fp4 = integer_first ? b_code : a_code;
  if (product == Product::shift) return shift_product(format, integer, fp4);
  return static_cast<std::int32_t>(decode(Format::fp7_e4m2, mf_bprop_multiply(format, integer, fp4)));
}

}  // namespace

std::uint8_t cast_to_fp7(Format format, std::uint8_t code) {
  const double value = decode(format, code);
  return static_cast<std::uint8_t>(encode(Format::fp7_e4m2, value == 0 ? 0.0 : value));
}

std::uint8_t fp7_multiply(std::uint8_t a, std::uint8_t b) {
  // 3-bit significands give an exact 6-bit product in binary64; the one rounding is encode's.
  return static_cast<std::uint8_t>(encode(Format::fp7_e4m2, decode(Format::fp7_e4m2, a) * decode(Format::fp7_e4m2, b)));
}

std::uint8_t mf_bprop_multiply(Format integer_format, std::uint8_t integer, std::uint8_t fp4) {
  const std::uint8_t cast = cast_to_fp7(integer_format, integer);  // a 16-entry select in hardware
  const std::uint8_t e = fp4 & 7;
  if (e == 0 || (cast & fp7_max) == 0) return 0;
  const auto sign = static_cast<std::uint8_t>((cast & fp7_sign) ^ ((fp4 & 8) << 3));
  // 2^(e - 1) multiplies by adding to the exponent field; 8 * 2^6 is far below the top, so no carry reaches the sign.
  return static_cast<std::uint8_t>(sign | ((cast & fp7_max) + ((e - 1) << 2)));
}

bool accepts(Product product, Format a, Format b) {
  switch (product) {
    case Product::int4_mul:
      return (is_integer(a) && b == Format::int4) || (a == Format::int4 && is_integer(b));
    case Product::shift:
    case Product::fp7_mul:
    case Product::mf_bprop:
      return (is_integer(a) && b == Format::fp4_e3m0) || (a == Format::fp4_e3m0 && is_integer(b));
    default:
      return false;
  }
}

ProductTable make_product_table(Product product, Format a, Format b) {
  if (!accepts(product, a, b))
    throw std::invalid_argument("product " + std::string(name_of(product)) + " does not take " +
                                std::string(name_of(a)) + " x " + std::string(name_of(b)));
  ProductTable table;
  table.exact = true;
  for (std::uint8_t i = 0; i < 16; ++i)
    for (std::uint8_t j = 0; j < 16; ++j) {
      const std::int32_t value = product_value(product, a, i, b, j);
      table.value[i * 16U + j] = value;
      table.exact = table.exact && value == static_cast<std::int32_t>(decode(a, i) * decode(b, j));
    }
  return table;
}

}  // namespace luqsim

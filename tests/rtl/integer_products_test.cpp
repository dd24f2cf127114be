// The exact products, every pair of codes.
#include "luqsim/numerics/product.h"

#include "Vint4_mul.h"
#include "Vint8_mul.h"
#include "Vshift_mul.h"
#include "every_pair.h"

namespace luqsim {
namespace {

// `mask`: the bits of the product.
auto in_table(Product product, Format a, Format b, std::uint32_t mask) {
  return [table = make_product_table(product, a, b), mask](std::uint32_t i, std::uint32_t j) {
    return static_cast<std::uint32_t>(table(static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(j))) & mask;
  };
}

TEST(IntegerProducts, Int4Mul) {
  test::every_pair<Vint4_mul>("int4_mul", test::ab_ports, 16,
                              in_table(Product::int4_mul, Format::int4, Format::int4, 0xFF));
}

TEST(IntegerProducts, ShiftMul) {
  test::every_pair<Vshift_mul>("shift_mul", test::ag_ports, 16,
                               in_table(Product::shift, Format::int4, Format::fp4_e3m0, 0x7FF));
}

TEST(IntegerProducts, Int8Mul) {
  test::every_pair<Vint8_mul>("int8_mul", test::ab_ports, 256, [](std::uint32_t i, std::uint32_t j) {
    const auto product = static_cast<std::int32_t>(decode(Format::int8, i) * decode(Format::int8, j));
    return static_cast<std::uint32_t>(product) & 0xFFFF;
  });
}

}  // namespace
}  // namespace luqsim

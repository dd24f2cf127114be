// The exact products, every pair of codes.
#include "luqsim/numerics/product.h"

#include "Vint4_mul.h"
#include "Vshift_mul.h"
#include "lockstep.h"

namespace luqsim {
namespace {

// `bind_second` binds the port of the second operand.
template <class Block, class BindSecond>
void every_pair(const std::string& name, Product product, Format a_format, Format b_format, BindSecond bind_second,
                std::uint32_t mask) {
  fresh_context();
  sc_core::sc_signal<std::uint32_t> a, b, result;
  Block block("block");
  block.a(a);
  bind_second(block, b);
  block.product(result);
  test::Comparison comparison(name);
  const ProductTable table = make_product_table(product, a_format, b_format);
  test::Driver driver("driver", [&] {
    for (std::uint8_t i = 0; i < 16; ++i)
      for (std::uint8_t j = 0; j < 16; ++j) {
        a.write(i);
        b.write(j);
        test::settle();
        comparison.check(static_cast<std::uint32_t>(table(i, j)) & mask, result.read(),
                         [&] { return fmt::format("a={:#x} b={:#x}", i, j); });
      }
  });
  sc_core::sc_start();
  EXPECT_EQ(comparison.vectors(), 256U);
}

TEST(IntegerProducts, Int4Mul) {
  every_pair<Vint4_mul>(
      "int4_mul", Product::int4_mul, Format::int4, Format::int4, [](auto& block, auto& b) { block.b(b); }, 0xFF);
}

TEST(IntegerProducts, ShiftMul) {
  every_pair<Vshift_mul>(
      "shift_mul", Product::shift, Format::int4, Format::fp4_e3m0, [](auto& block, auto& g) { block.g(g); }, 0x7FF);
}

}  // namespace
}  // namespace luqsim

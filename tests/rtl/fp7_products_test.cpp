// The products in FP7, every pair of codes.
#include <array>
#include <bit>
#include <cmath>

#include "luqsim/numerics/product.h"

#include "Vfp7_from_fp4.h"
#include "Vfp7_from_int4.h"
#include "Vfp7_from_int4_1.h"
#include "Vfp7_mul.h"
#include "Vfp7_mul_1.h"
#include "Vfp7_to_fp.h"
#include "Vfp7_to_fp_5_10.h"
#include "Vfp7_to_int.h"
#include "Vfp7_to_int_12.h"
#include "Vfp7_to_int_16.h"
#include "Vmf_bprop.h"
#include "Vmf_bprop_1.h"
#include "Vstandard_product.h"
#include "Vstandard_product_1.h"
#include "every_pair.h"

namespace luqsim {
namespace {

using Code = std::uint32_t;
using CodePort = sc_core::sc_signal<Code>;
using test::every_pair;
using test::left_out;

// A block of one input, for all its codes below `codes`; `expected` may leave out a code by returning left_out.
template <class Block, class Bind, class Expected>
void every_code(const std::string& name, Bind bind, Code codes, Expected expected) {
  fresh_context();
  CodePort code, result;
  Block block("block");
  bind(block, code, result);
  test::Comparison comparison(name);
  test::Driver driver("driver", [&] {
    for (Code i = 0; i < codes; ++i) {
      code.write(i);
      test::settle();
      const Code wanted = expected(i);
      if (wanted != left_out) comparison.check(wanted, result.read(), [&] { return fmt::format("code={:#04x}", i); });
    }
  });
  run_to_the_end();
  EXPECT_GT(comparison.vectors(), codes / 2);
}

constexpr auto cast_ports = [](auto& block, auto& code, auto& result) {
  block.code(code);
  block.fp7(result);
};
constexpr auto value_ports = [](auto& block, auto& code, auto& result) {
  block.code(code);
  block.value(result);
};
std::uint8_t byte(Code code) { return static_cast<std::uint8_t>(code); }

TEST(Fp7Products, Casts) {
  every_code<Vfp7_from_int4>("fp7_from_int4", cast_ports, 16,
                             [](Code c) { return cast_to_fp7(Format::int4, byte(c)); });
  every_code<Vfp7_from_int4_1>("fp7_from_int4_1", cast_ports, 16,
                               [](Code c) { return cast_to_fp7(Format::uint4, byte(c)); });
  every_code<Vfp7_from_fp4>("fp7_from_fp4", cast_ports, 16,
                            [](Code c) { return cast_to_fp7(Format::fp4_e3m0, byte(c)); });
}

// The integer of `bits` bits, or none where they do not hold it.
Code integer_of(Code code, int bits) {
  const auto value = static_cast<std::int32_t>(std::trunc(decode(Format::fp7_e4m2, code)));
  if (value >= 1 << (bits - 1) || value < -(1 << (bits - 1))) return left_out;
  return static_cast<Code>(value) & ((Code{1} << bits) - 1);
}

TEST(Fp7Products, ToIntegers) {
  every_code<Vfp7_to_int>("fp7_to_int", value_ports, 128, [](Code c) { return integer_of(c, 11); });
  every_code<Vfp7_to_int_12>("fp7_to_int_12", value_ports, 128, [](Code c) { return integer_of(c, 12); });
  every_code<Vfp7_to_int_16>("fp7_to_int_16", value_ports, 128, [](Code c) { return integer_of(c, 16); });
}

// The blocks for processing elements take no subnormals.
bool subnormal(Code fp7) { return (fp7 & 0x3C) == 0 && (fp7 & 3) != 0; }

TEST(Fp7Products, ToFloats) {
  every_code<Vfp7_to_fp>("fp7_to_fp", value_ports, 128, [](Code c) {
    return subnormal(c) ? left_out : std::bit_cast<Code>(static_cast<float>(decode(Format::fp7_e4m2, c)));
  });
  every_code<Vfp7_to_fp_5_10>("fp7_to_fp_5_10", value_ports, 128, [](Code c) {
    return subnormal(c) ? left_out : encode(Format::fp16, decode(Format::fp7_e4m2, c));
  });
}

TEST(Fp7Products, Multiplier) {
  // Every pair that the casts can produce, in either order; there the product is exact.
  std::array<bool, 128> integer{}, fp4{};
  for (Code c = 0; c < 16; ++c) {
    integer[cast_to_fp7(Format::int4, byte(c))] = integer[cast_to_fp7(Format::uint4, byte(c))] = true;
    fp4[cast_to_fp7(Format::fp4_e3m0, byte(c))] = true;
  }
  std::uint64_t pairs = 0;
  for (Code i = 0; i < 128; ++i)
    for (Code j = 0; j < 128; ++j) pairs += (integer[i] && fp4[j]) || (fp4[i] && integer[j]) ? 1 : 0;
  const auto producible = [&](Code a, Code b) {
    return (integer[a] && fp4[b]) || (fp4[a] && integer[b]) ? fp7_multiply(byte(a), byte(b)) : left_out;
  };
  every_pair<Vfp7_mul>("fp7_mul", test::ab_ports, 128, producible, pairs);
  every_pair<Vfp7_mul_1>("fp7_mul_1", test::ab_ports, 128,
                         [](Code a, Code b) { return Code{fp7_multiply(byte(a), byte(b))}; });
}

// The code, which must also stand for the table's integer.
Code in_table(const ProductTable& table, Code a, Code b, std::uint8_t code) {
  EXPECT_EQ(decode(Format::fp7_e4m2, code), table(byte(a), byte(b)));
  return code;
}

template <class Block>
void standard(const std::string& name, Format format) {
  const ProductTable table = make_product_table(Product::fp7_mul, format, Format::fp4_e3m0);
  every_pair<Block>(name, test::ag_ports, 16, [&](Code a, Code b) {
    return in_table(table, a, b, fp7_multiply(cast_to_fp7(format, byte(a)), cast_to_fp7(Format::fp4_e3m0, byte(b))));
  });
}

template <class Block>
void bprop(const std::string& name, Format format) {
  const ProductTable table = make_product_table(Product::mf_bprop, format, Format::fp4_e3m0);
  every_pair<Block>(name, test::ag_ports, 16,
                    [&](Code a, Code b) { return in_table(table, a, b, mf_bprop_multiply(format, byte(a), byte(b))); });
}

TEST(Fp7Products, Standard) {
  standard<Vstandard_product>("standard_product", Format::int4);
  standard<Vstandard_product_1>("standard_product_1", Format::uint4);
}

TEST(Fp7Products, MfBprop) {
  bprop<Vmf_bprop>("mf_bprop", Format::int4);
  bprop<Vmf_bprop_1>("mf_bprop_1", Format::uint4);
}

}  // namespace
}  // namespace luqsim

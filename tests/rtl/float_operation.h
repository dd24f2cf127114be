// A block of two floats in, one out, against a reference: special codes with each other, then weighted random ones.
#pragma once
#include "float_codes.h"
#include "lockstep.h"

namespace luqsim::test {

// `bind_result` binds the block's result port; `partner` gives an operand to go with another.
template <class Block, class BindResult, class Expected>
void compare_floats(const std::string& name, Format format, std::uint64_t seed, BindResult bind_result,
                    std::uint32_t (FloatCodes::*partner)(std::uint32_t), Expected expected) {
  fresh_context();
  sc_core::sc_signal<std::uint32_t> a, b, result;
  Block block("block");
  block.a(a);
  block.b(b);
  bind_result(block, result);
  Comparison comparison(name);
  FloatCodes codes(format, seed);
  Driver driver("driver", [&] {
    const auto check = [&](std::uint32_t i, std::uint32_t j) {
      a.write(i);
      b.write(j);
      settle();
      comparison.check(expected(i, j), result.read(), [&] { return fmt::format("a={:#x} b={:#x}", i, j); });
    };
    for (const std::uint32_t i : codes.special())
      for (const std::uint32_t j : codes.special()) check(i, j);
    for (int n = 0; n < 2'200'000; ++n) {
      const std::uint32_t i = codes.any(), j = (codes.*partner)(i);
      codes.below(2) == 0 ? check(i, j) : check(j, i);
    }
  });
  run_to_the_end();
  EXPECT_GE(comparison.vectors(), 2'000'000U);
}

}  // namespace luqsim::test

// A block of two codes in, one out, for every pair of codes.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "lockstep.h"

namespace luqsim::test {

inline constexpr std::uint32_t left_out = ~0U;

// `bind` binds a, b and the result; codes are those below `codes`. `expected` may return left_out for pairs that the
// block does not take; `vectors` pairs remain, all unless given.
template <class Block, class Bind, class Expected>
void every_pair(const std::string& name, Bind bind, std::uint32_t codes, Expected expected,
                std::optional<std::uint64_t> vectors = std::nullopt) {
  fresh_context();
  sc_core::sc_signal<std::uint32_t> a, b, result;
  Block block("block");
  bind(block, a, b, result);
  Comparison comparison(name);
  Driver driver("driver", [&] {
    for (std::uint32_t i = 0; i < codes; ++i)
      for (std::uint32_t j = 0; j < codes; ++j) {
        const std::uint32_t wanted = expected(i, j);
        if (wanted == left_out) continue;
        a.write(i);
        b.write(j);
        settle();
        comparison.check(wanted, result.read(), [&] { return fmt::format("a={:#04x} b={:#04x}", i, j); });
      }
  });
  run_to_the_end();
  EXPECT_EQ(comparison.vectors(), vectors.value_or(std::uint64_t{codes} * codes));
}

// Binds the ports a, b and product; a, g and product.
inline constexpr auto ab_ports = [](auto& block, auto& a, auto& b, auto& product) {
  block.a(a);
  block.b(b);
  block.product(product);
};
inline constexpr auto ag_ports = [](auto& block, auto& a, auto& g, auto& product) {
  block.a(a);
  block.g(g);
  block.product(product);
};

}  // namespace luqsim::test

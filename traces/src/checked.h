// Products of sizes that a file claims: nullopt instead of a wrapped number.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>

namespace luqsim {

inline std::optional<std::uint64_t> checked_product(std::span<const std::uint64_t> factors) {
  std::uint64_t product = 1;
  bool wrapped = false;
  for (const std::uint64_t factor : factors) {
    if (factor == 0) return 0;
    wrapped = __builtin_mul_overflow(product, factor, &product) || wrapped;
  }
  return wrapped ? std::nullopt : std::optional(product);
}

inline std::optional<std::uint64_t> checked_product(std::initializer_list<std::uint64_t> factors) {
  return checked_product(std::span(factors.begin(), factors.size()));
}

}  // namespace luqsim

// Dot products of the model and of the oracle, from codes or from factors.
#pragma once
#include <bit>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "luqsim/numerics/dot_model.h"

#include "oracle/dot_model.h"

namespace dot_products {

using luqsim::DotModel;
using luqsim::DotOutput;
using luqsim::DotPreset;
using luqsim::Format;
using Codes = std::vector<std::uint16_t>;

inline constexpr Format formats[] = {Format::fp16, Format::bf16, Format::fp8_e4m3, Format::fp8_e5m2};
inline constexpr DotPreset presets[] = {DotPreset::hopper_fp16, DotPreset::hopper_bf16, DotPreset::hopper_fp8,
                                        DotPreset::ampere_fp16, DotPreset::ampere_bf16, DotPreset::ada_fp16,
                                        DotPreset::ada_bf16};
inline constexpr float infinity = std::numeric_limits<float>::infinity();
inline constexpr std::uint32_t nan_bits = 0x7FFFFFFF;

inline std::uint32_t bits_of(float x) { return std::bit_cast<std::uint32_t>(x); }

inline oracle::DotSettings settings(const DotModel& m) {
  return {static_cast<int>(m.fraction_bits), static_cast<int>(m.terms), static_cast<int>(m.chain),
          std::string(luqsim::name_of(m.out))};
}

struct Products {
  Format a_format = Format::fp16, b_format = Format::fp16;
  Codes a, b;
};

inline float library_dot(const DotModel& m, const Products& p, float c) {
  return luqsim::dot(m, {p.a_format, p.a}, {p.b_format, p.b}, c);
}

inline void expect_equals_oracle(const DotModel& m, const Products& p, float c) {
  const std::string a(luqsim::name_of(p.a_format)), b(luqsim::name_of(p.b_format));
  const float wanted = oracle::dot(settings(m), a, p.a, b, p.b, c), got = library_dot(m, p, c);
  ASSERT_EQ(bits_of(got), bits_of(wanted))
      << got << " " << wanted << ": F " << m.fraction_bits << ", K " << m.terms << ", chain " << m.chain << ", "
      << luqsim::name_of(m.out) << ", " << a << " x " << b << ", " << p.a.size() << " products, c " << c;
}

// Products given by their factors, which the format must hold.
inline Products products(Format format, const std::vector<std::pair<double, double>>& factors) {
  Products p{format, format, {}, {}};
  for (const auto& [a, b] : factors) {
    p.a.push_back(static_cast<std::uint16_t>(luqsim::encode(format, a)));
    p.b.push_back(static_cast<std::uint16_t>(luqsim::encode(format, b)));
    EXPECT_EQ(luqsim::decode(format, p.a.back()), a);
    EXPECT_EQ(luqsim::decode(format, p.b.back()), b);
  }
  return p;
}
inline float dot_of(const DotModel& m, Format format, const std::vector<std::pair<double, double>>& factors,
                    float c = 0) {
  const Products p = products(format, factors);
  expect_equals_oracle(m, p, c);
  return library_dot(m, p, c);
}

}  // namespace dot_products

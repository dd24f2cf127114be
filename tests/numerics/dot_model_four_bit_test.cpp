// Dot products of 4-bit codes on tensor cores: how long they stay exact.
#include <algorithm>

#include "dot_products.h"
#include "sampling.h"

namespace {

using namespace dot_products;
using sampling::Source;

// A dot product of int4 (-7..7) and fp4 codes, whose products are at most 448: up to this K every one is the exact
// integer. A sum beyond 2^24 (hopper_fp8: 2^14) is inexact only when it is odd, so that one of its terms is at most 7:
// (K - 1) 448 + 7 has to be larger.
std::size_t exact_k(DotPreset preset) { return preset == DotPreset::hopper_fp8 ? 37 : 37450; }

struct IntegerProducts {
  Products products;
  std::int64_t sum = 0;

  void add(Format format, int int4, int fp4) {
    products.a_format = products.b_format = format;
    products.a.push_back(static_cast<std::uint16_t>(luqsim::encode(format, int4)));
    products.b.push_back(static_cast<std::uint16_t>(luqsim::encode(format, fp4)));
    sum += std::int64_t{int4} * fp4;
  }
};

TEST(DotModel, EveryFourBitValueIsExactInTheOperandFormats) {
  for (const Format format : formats)
    for (const Format four : {Format::int4, Format::uint4, Format::fp4_e3m0})
      for (std::uint32_t code = 0; code < 16; ++code) {
        const double value = luqsim::decode(four, code);
        const bool held = luqsim::decode(format, luqsim::encode(format, value)) == value;
        EXPECT_EQ(held, format != Format::fp8_e5m2 || four != Format::uint4 || value <= 8 || value == 10 ||
                            value == 12 || value == 14)
            << luqsim::name_of(format) << " " << luqsim::name_of(four) << " " << value;
      }
}

TEST(DotModel, FourBitDotProductsAreExactUpToTheLimit) {
  Source source(86);
  for (const DotPreset preset : presets) {
    const DotModel m = luqsim::dot_model(preset);
    const Format format = dot_format(preset);
    const std::size_t limit = exact_k(preset);
    const auto expect_exact = [&](const IntegerProducts& p) {
      ASSERT_EQ(static_cast<double>(library_dot(m, p.products, 0)), static_cast<double>(p.sum))
          << luqsim::name_of(preset) << ", K " << p.products.a.size();
    };
    for (int i = 0; i < 200; ++i) {
      IntegerProducts drifting, any;
      const std::size_t k = i < 3 ? limit : 1 + source.below(std::min<std::size_t>(limit, 500));
      while (any.products.a.size() < k) {
        const int e = static_cast<int>(source.below(8)), fp4 = e == 0 ? 0 : 1 << (e - 1);
        any.add(format, static_cast<int>(source.between(-7, 7)), source.one_in(2) ? fp4 : -fp4);
        drifting.add(format, source.one_in(8) ? 1 : 7, source.one_in(8) ? -64 + 63 * (i % 2) : 64);
      }
      ASSERT_NO_FATAL_FAILURE(expect_exact(any));
      ASSERT_NO_FATAL_FAILURE(expect_exact(drifting));
    }
    for (const int odd : {1, 3, 5, 7, -1, -7})
      for (const std::size_t at : {std::size_t{0}, limit / 2, limit - 1}) {
        IntegerProducts p;
        for (std::size_t i = 0; i < limit; ++i) i == at ? p.add(format, odd, 1) : p.add(format, 7, 64);
        ASSERT_NO_FATAL_FAILURE(expect_exact(p));
      }
    // One more: an odd sum that the result does not hold.
    IntegerProducts p;
    for (std::size_t i = 0; i < limit; ++i) p.add(format, 7, 64);
    ASSERT_NO_FATAL_FAILURE(expect_exact(p));
    p.add(format, 7, 1);
    EXPECT_LT(static_cast<double>(library_dot(m, p.products, 0)), static_cast<double>(p.sum));
  }
}

}  // namespace

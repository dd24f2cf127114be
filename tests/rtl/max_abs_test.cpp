// The statistics of a stream against max_abs, after every element.
#include <bit>
#include <cmath>

#include "luqsim/numerics/status.h"

#include "../numerics/sampling.h"
#include "Vmax_abs_16_16.h"
#include "Vmax_abs_32_32.h"
#include "lockstep.h"

namespace luqsim {
namespace {

using sc_core::sc_signal;

// Near `center`; one of `rare` is an infinity or a NaN, whose payload shows in the upper half.
float element(sampling::Source& source, float center, std::uint64_t rare) {
  std::uint32_t bits = std::bit_cast<std::uint32_t>(source.one_in(64) ? 0.0F : source.float_near(center, 3));
  if (source.one_in(rare)) bits = 0x7F800000U | (source.one_in(2) ? 0 : 0x10000U << source.below(7));
  return std::bit_cast<float>(bits | (source.one_in(2) ? 0x80000000U : 0U));
}

// width: of an element, 16 (bf16) or 32.
template <class Block>
void streams(const std::string& name, int width) {
  fresh_context();
  sc_signal<bool> clk, clear, valid, non_finite;
  sc_signal<std::uint32_t> x, maximum, index;
  Block block("block");
  block.clk(clk);
  block.clear(clear);
  block.valid(valid);
  block.x(x);
  block.maximum(maximum);
  block.non_finite(non_finite);
  block.index(index);
  test::Comparison comparison(name);
  test::Speed speed(name, comparison);
  sampling::Source source(45);
  constexpr int count = 6000;
  const auto mask = static_cast<std::uint32_t>(0xFFFFFFFF << (32 - width));
  const auto draw = [&](float center, std::uint64_t rare) {
    return std::bit_cast<float>(std::bit_cast<std::uint32_t>(element(source, center, rare)) & mask);
  };
  test::Driver driver("driver", [&] {
    const auto clock = [&](bool clears, bool valids, float value) {
      clk.write(false);
      clear.write(clears);
      valid.write(valids);
      x.write(std::bit_cast<std::uint32_t>(value) >> (32 - width));
      test::settle();
      clk.write(true);
      test::settle();
    };
    for (int stream = 0; stream < count; ++stream) {
      // With valid: an element in the clock of clear does not count.
      clock(true, source.one_in(2), draw(1, 4));
      const float center = std::fabs(source.finite_float());
      const std::uint64_t rare = source.one_in(2) ? 50 : 1000;
      std::vector<float> seen;
      for (std::uint64_t left = source.below(200); left > 0;) {
        const float value = draw(center, rare);
        const bool valids = source.one_in(2);
        clock(false, valids, value);
        if (valids) {
          seen.push_back(value);
          --left;
        }
        const MaxAbs expected = max_abs(seen);
        const bool ok = expected.status == QuantizeStatus::ok;
        const auto inputs = [&] {
          return fmt::format("stream {}, {} elements, last x={:#x} valid={:d}", stream, seen.size(),
                             std::bit_cast<std::uint32_t>(value) >> (32 - width), valids);
        };
        comparison.check(ok ? 0 : 1, non_finite.read(), inputs);
        comparison.check(ok ? seen.size() : expected.first_non_finite, index.read(), inputs);
        if (ok)
          comparison.check(std::bit_cast<std::uint32_t>(expected.max_abs) >> (32 - width), maximum.read(), inputs);
      }
    }
  });
  run_to_the_end();
  EXPECT_GT(comparison.vectors(), 1000000U);
}

TEST(MaxAbs, Bf16) { streams<Vmax_abs_16_16>("max_abs_16_16", 16); }
TEST(MaxAbs, Fp32) { streams<Vmax_abs_32_32>("max_abs_32_32", 32); }

}  // namespace
}  // namespace luqsim

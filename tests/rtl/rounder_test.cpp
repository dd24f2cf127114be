// The rounder of the dot-product unit against the processor's own conversion.
#include <bit>
#include <random>

#include "Vround_to_fp32_24.h"
#include "Vround_to_fp32_32.h"
#include "lockstep.h"

namespace luqsim {
namespace {

template <class Block>
void compare(const std::string& name, int bits) {
  fresh_context();
  sc_core::sc_signal<std::uint32_t> sum, value;
  Block block("block");
  block.sum(sum);
  block.value(value);
  test::Comparison comparison(name);
  const auto check = [&](std::int64_t x) {
    const auto code = static_cast<std::uint32_t>(x) & static_cast<std::uint32_t>((std::uint64_t{1} << bits) - 1);
    const int unused = 32 - bits;
    const auto number = static_cast<std::int32_t>(code << unused) >> unused;
    sum.write(code);
    test::settle();
    comparison.check(std::bit_cast<std::uint32_t>(static_cast<float>(number)), value.read(),
                     [&] { return fmt::format("sum={:#x}", code); });
  };
  test::Driver driver("driver", [&] {
    // Around every power of two and every tie above 2^24, both signs.
    for (int i = 0; i < bits; ++i)
      for (std::int64_t below = -70; below <= 70; ++below)
        for (const std::int64_t sign : {1, -1}) check(sign * ((std::int64_t{1} << i) + below));
    std::mt19937_64 random(8);
    for (int i = 0; i < 1000000; ++i) check(static_cast<std::int64_t>(random()) >> (random() % 40));
  });
  run_to_the_end();
  EXPECT_GT(comparison.vectors(), 1000000U);
}

TEST(Rounder, From24Bits) { compare<Vround_to_fp32_24>("round_to_fp32_24", 24); }
TEST(Rounder, From32Bits) { compare<Vround_to_fp32_32>("round_to_fp32_32", 32); }

}  // namespace
}  // namespace luqsim

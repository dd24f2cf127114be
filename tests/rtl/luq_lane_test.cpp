// The LUQ lane against luq_levels: every finite bf16 for some maxima, and numbers around every decision it takes.
#include <algorithm>
#include <cmath>

#include "luqsim/numerics/luq.h"

#include "../numerics/bfloat16.h"
#include "../numerics/sampling.h"
#include "Vluq_lane_16_0.h"
#include "Vluq_lane_16_1.h"
#include "Vluq_lane_1_0.h"
#include "Vluq_lane_8_0.h"
#include "Vluq_lane_8_1.h"
#include "lane_inputs.h"
#include "lockstep.h"

namespace luqsim {
namespace {

constexpr float smallest_inverse = 0x1p-122F, largest_inverse = 0x1p126F;

struct Batch {
  float inverse = 0;
  std::vector<float> x;
  std::vector<std::uint16_t> random;
};

template <class Block>
class Bench {
 public:
  Bench(std::string name, LuqConfig config) : config_(config), comparison_(name), speed_(name, comparison_) {
    block_.x(x_);
    block_.inverse(inverse_);
    block_.random(random_);
    block_.code(code_);
  }

  void run(const Batch& batch) {
    levels_.resize(batch.x.size());
    luq_levels(batch.x, batch.random, {1.0F, batch.inverse}, config_, levels_);
    const auto inverse = std::bit_cast<std::uint32_t>(batch.inverse);
    inverse_.write(inverse);
    for (std::size_t i = 0; i < levels_.size(); ++i) {
      const std::uint32_t x = test::bf16_bits(batch.x[i]), u = batch.random[i] >> (16 - config_.random_bits);
      x_.write(x);
      random_.write(static_cast<Random>(u));
      test::settle();
      const std::uint32_t code =
          levels_[i] < 0 ? 8U | static_cast<std::uint32_t>(-levels_[i]) : static_cast<std::uint32_t>(levels_[i]);
      comparison_.check(code, code_.read(), [&] {
        return fmt::format("x={:#06x} ({:g}) inverse={:#010x} ({:g}) random={:#x}", x, batch.x[i], inverse,
                           batch.inverse, u);
      });
    }
  }
  std::uint64_t vectors() const { return comparison_.vectors(); }

 private:
  LuqConfig config_;
  using Random = typename std::remove_reference_t<decltype(Block::random)>::data_type;  // bool for one bit
  sc_core::sc_signal<std::uint32_t> x_, inverse_, code_;
  sc_core::sc_signal<Random> random_;
  Block block_{"block"};
  std::vector<std::int8_t> levels_;
  test::Comparison comparison_;
  test::Speed speed_;
};

class Inputs {
 public:
  Inputs(std::uint64_t seed, LuqConfig config) : source_(seed), config_(config) {}

  enum Numbers { zero, largest, any, around_the_tie };

  // u for x and inverse, as the upper B bits; those below are random and must not matter.
  std::uint16_t random(Numbers numbers, float x, float inverse) {
    const std::int64_t end = std::int64_t{1} << config_.random_bits;
    std::int64_t u = 0;
    if (numbers == largest) u = end - 1;
    if (numbers == any) u = source_.between(0, end - 1);
    if (numbers == around_the_tie) {
      const double r = std::fabs(x) * inverse;  // as binary32 rounds it, but not beyond its range
      const double fraction = r >= 1 && std::isfinite(r) ? std::ldexp(r, -std::ilogb(r)) - 1 : std::min(r, 1.0);
      const auto tie = static_cast<std::int64_t>(std::floor((1 - fraction) * static_cast<double>(end)));
      u = std::clamp<std::int64_t>(tie + source_.between(-2, 1), 0, end - 1);
    }
    const int hidden = 16 - config_.random_bits;
    return static_cast<std::uint16_t>((u << hidden) + source_.between(0, (1 << hidden) - 1));
  }

  Batch every(const std::vector<float>& x, float max_abs, Numbers numbers) {
    Batch batch{luq_scale(max_abs, config_).inverse, x, {}};
    for (const float v : x) batch.random.push_back(random(numbers, v, batch.inverse));
    return batch;
  }

  // x, its neighbours and x times powers of two, with an inverse that puts r at, just above or just below a decision.
  Batch boundary() {
    Batch batch;
    float x = 0;
    do {
      x = test::widen(test::bf16_bits(source_.finite_float()) & 0x7FFF);
      batch.inverse = config_.alpha == Alpha::pow2 ? power_near(x) : inverse_near(x);
    } while (x == 0 || !(batch.inverse >= smallest_inverse && batch.inverse <= largest_inverse));
    const std::uint32_t bits = test::bf16_bits(x);
    for (int i = 0; i < 16; ++i) {
      std::int64_t other = bits;
      if (i < 4) other += source_.between(-1, 1);
      if (i >= 6 && i < 14) other += 128 * source_.between(-18, 8);
      if (i == 14) other = static_cast<std::int64_t>(source_.below(3));
      if (i == 15) other = static_cast<std::int64_t>(source_.below(0x80));
      const auto magnitude = static_cast<std::uint32_t>(std::clamp<std::int64_t>(other, 0, 0x7F7F));
      batch.x.push_back(test::widen(magnitude | (source_.one_in(2) ? 0x8000U : 0U)));
      batch.random.push_back(random(source_.one_in(2) ? around_the_tie : static_cast<Numbers>(source_.below(3)),
                                    batch.x.back(), batch.inverse));
    }
    return batch;
  }

 private:
  // A value where the level changes: a power of two, or one where some u + 1/2 ties.
  double decision() {
    const auto k = static_cast<int>(source_.between(-18, 8));
    if (source_.one_in(2)) return std::ldexp(1.0, k);
    const double end = std::ldexp(1.0, config_.random_bits + 1);
    const double tie = 1 - (2 * static_cast<double>(source_.below(std::uint64_t{1} << config_.random_bits)) + 1) / end;
    return k < 0 ? tie : std::ldexp(1 + tie, k);
  }
  float inverse_near(float x) {
    return test::ulps_away(static_cast<float>(decision() / static_cast<double>(x)), source_.between(-2, 2));
  }
  float power_near(float x) {
    return x == 0 ? 1 : static_cast<float>(std::ldexp(1.0, static_cast<int>(source_.between(-18, 8)) - std::ilogb(x)));
  }

  sampling::Source source_;
  LuqConfig config_;
};

constexpr float maxima[] = {1, 3.1415927F, 0x1.fep127F, 0x1p-120F, 0x1.8p-118F, 0x1.fffffep10F, 1e-3F};

template <class Block>
void lane(const std::string& name, LuqConfig config) {
  fresh_context();
  Bench<Block> bench(name, config);
  Inputs inputs(41, config);
  test::Driver driver("driver", [&] {
    const std::vector<float> all = bfloat16::all_finite();
    for (const float m : maxima)
      for (const auto numbers :
           {Inputs::zero, Inputs::largest, Inputs::any, Inputs::around_the_tie, Inputs::around_the_tie})
        bench.run(inputs.every(all, m, numbers));
    for (int i = 0; i < 65536; ++i) bench.run(inputs.boundary());
  });
  run_to_the_end();
  EXPECT_EQ(bench.vectors(), std::size(maxima) * 5 * 65280 + 16 * 65536);
}

TEST(LuqLane, SixteenBits) { lane<Vluq_lane_16_0>("luq_lane_16_0", {.random_bits = 16}); }
TEST(LuqLane, EightBits) { lane<Vluq_lane_8_0>("luq_lane_8_0", {.random_bits = 8}); }
TEST(LuqLane, OneBit) { lane<Vluq_lane_1_0>("luq_lane_1_0", {.random_bits = 1}); }
TEST(LuqLane, SixteenBitsPowerOfTwo) {
  lane<Vluq_lane_16_1>("luq_lane_16_1", {.alpha = Alpha::pow2, .random_bits = 16});
}
TEST(LuqLane, EightBitsPowerOfTwo) { lane<Vluq_lane_8_1>("luq_lane_8_1", {.alpha = Alpha::pow2, .random_bits = 8}); }

}  // namespace
}  // namespace luqsim

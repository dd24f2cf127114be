// The SAWB lane against sawb_levels: every finite bf16 for 60 scales a lane, and products around every halfway point.
#include <algorithm>
#include <cmath>

#include "luqsim/numerics/sawb.h"

#include "../numerics/bfloat16.h"
#include "../numerics/sampling.h"
#include "Vsawb_lane_0_0.h"
#include "Vsawb_lane_0_1.h"
#include "Vsawb_lane_1_0.h"
#include "Vsawb_lane_1_1.h"
#include "lane_inputs.h"
#include "lockstep.h"

namespace luqsim {
namespace {

template <class Block>
class Bench {
 public:
  Bench(std::string name, Format format) : format_(format), comparison_(name), speed_(name, comparison_) {
    block_.x(x_);
    block_.inverse(inverse_);
    block_.q(q_);
  }

  void run(const std::vector<float>& x, float scale) {
    levels_.resize(x.size());
    sawb_levels(x, scale, format_, levels_);
    const auto inverse = std::bit_cast<std::uint32_t>(1.0F / scale);
    inverse_.write(inverse);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const std::uint32_t bits = test::bf16_bits(x[i]);
      x_.write(bits);
      test::settle();
      comparison_.check(static_cast<std::uint32_t>(levels_[i]) & 0xF, q_.read(), [&] {
        return fmt::format("x={:#06x} ({:g}) inverse={:#010x} (1 / {:g})", bits, x[i], inverse, scale);
      });
    }
  }
  std::uint64_t vectors() const { return comparison_.vectors(); }

 private:
  Format format_;
  sc_core::sc_signal<std::uint32_t> x_, inverse_, q_;
  Block block_{"block"};
  std::vector<std::int8_t> levels_;
  test::Comparison comparison_;
  test::Speed speed_;
};

constexpr float smallest_scale = 0x1p-126F, largest_scale = 0x1.24p125F;  // RN(max / 7)

bool is_scale(float scale) { return scale >= smallest_scale && scale <= largest_scale; }

class Inputs {
 public:
  Inputs(std::uint64_t seed, bool power_of_two) : source_(seed), power_of_two_(power_of_two) {}

  // The ends of the range first; then half near 1, half anywhere.
  float scale(int i) {
    if (i == 0) return smallest_scale;
    if (i == 1) return power_of_two_ ? 0x1p125F : largest_scale;
    if (i == 2) return 1;
    if (power_of_two_) return std::ldexp(1.0F, static_cast<int>(source_.between(-126, 125)));
    float scale = 0;
    while (!is_scale(scale)) scale = std::fabs(i % 2 == 0 ? source_.float_near(1, 8) : source_.finite_float());
    return scale;
  }

  // A scale for which x / scale lies within some ulps of half an odd number, or of an integer.
  float scale_near(float x) {
    if (power_of_two_) return std::ldexp(1.0F, std::ilogb(x) - static_cast<int>(source_.between(-2, 4)));
    const auto halves = static_cast<double>(source_.between(1, 33));
    return test::ulps_away(static_cast<float>(2 * static_cast<double>(x) / halves), source_.between(-3, 3));
  }

  // x, its neighbours and x times small powers of two.
  std::vector<float> around(std::uint32_t bits) {
    std::vector<float> x;
    for (int i = 0; i < 16; ++i) {
      const std::int64_t other = bits + source_.between(-1, 1) * (i < 8 ? 1 : 128);
      const auto magnitude = static_cast<std::uint32_t>(std::clamp<std::int64_t>(i == 0 ? bits : other, 0, 0x7F7F));
      x.push_back(test::widen(magnitude | (source_.one_in(2) ? 0x8000U : 0U)));
    }
    return x;
  }

  // x and a scale whose exact product, of 31 or 32 bits, lies `last` units of its last bit beyond the point halfway
  // between the decision and the binary32 number above it. 0: no such scale.
  static float scale_of_tie(std::uint32_t x_significand, std::uint32_t halves, int bits, int last) {
    const auto decision = std::uint64_t{halves} << (bits - static_cast<int>(std::bit_width(halves)));
    const auto half = std::uint64_t{1} << (bits - 25);
    const std::uint64_t product = decision + half + static_cast<std::uint64_t>(static_cast<std::int64_t>(last));
    const std::uint64_t significand = product / x_significand;
    if (product % x_significand != 0 || std::bit_width(significand) != 24) return 0;
    // x in [1, 2), product about halves / 2
    const double exact =
        static_cast<double>(product) / std::ldexp(1.0, bits - static_cast<int>(std::bit_width(halves)));
    const auto inverse = static_cast<float>(exact / 2 / (x_significand / 128.0));
    for (int ulps = -1; ulps <= 1; ++ulps) {
      const float scale = test::ulps_away(1 / inverse, ulps);
      if (1 / scale == inverse) return scale;
    }
    return 0;
  }

  std::uint32_t magnitude() { return test::bf16_bits(source_.finite_float()) & 0x7FFF; }

 private:
  sampling::Source source_;
  bool power_of_two_;
};

template <class Block>
void lane(const std::string& name, Format format, bool power_of_two) {
  fresh_context();
  Bench<Block> bench(name, format);
  Inputs inputs(42, power_of_two);
  constexpr int scales = 60, batches = 32768;
  std::uint64_t ties = 0;
  test::Driver driver("driver", [&] {
    const std::vector<float> all = bfloat16::all_finite();
    for (int i = 0; i < scales; ++i) bench.run(all, inputs.scale(i));
    for (int i = 0; i < batches; ++i) {
      std::uint32_t x = 0;
      float scale = 0;
      while (!is_scale(scale)) {
        x = inputs.magnitude();
        scale = x == 0 ? 0 : inputs.scale_near(test::widen(x));
      }
      bench.run(inputs.around(x), scale);
    }
    for (std::uint32_t significand = 128; significand < 256 && !power_of_two; ++significand)
      for (std::uint32_t halves = 1; halves < 32; halves += 2)
        for (const int bits : {31, 32})
          for (int last = -4; last <= 4; ++last) {
            const float scale = Inputs::scale_of_tie(significand, halves, bits, last);
            if (scale == 0) continue;
            bench.run({static_cast<float>(significand) / 128}, scale);
            ++ties;
          }
  });
  run_to_the_end();
  EXPECT_EQ(bench.vectors(), scales * 65280U + batches * 16U + ties);
  EXPECT_TRUE(power_of_two || ties > 100) << ties;
}

TEST(SawbLane, Int4) { lane<Vsawb_lane_0_0>("sawb_lane_0_0", Format::int4, false); }
TEST(SawbLane, Uint4) { lane<Vsawb_lane_1_0>("sawb_lane_1_0", Format::uint4, false); }
TEST(SawbLane, Int4PowerOfTwo) { lane<Vsawb_lane_0_1>("sawb_lane_0_1", Format::int4, true); }
TEST(SawbLane, Uint4PowerOfTwo) { lane<Vsawb_lane_1_1>("sawb_lane_1_1", Format::uint4, true); }

}  // namespace
}  // namespace luqsim

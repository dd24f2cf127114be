// The quantizer lanes of FP8, INT8, block-scaled FP4 and radix-4 FP4, and the scales of blocks: every finite bf16 for
// many scales, and, where numbers are random, those around every decision.
#include <algorithm>
#include <cmath>
#include <span>

#include "luqsim/numerics/block_scale.h"
#include "luqsim/numerics/radix4.h"
#include "luqsim/numerics/scaled.h"

#include "../numerics/bfloat16.h"
#include "../numerics/sampling.h"
#include "Ve2m1_lane_0_0.h"
#include "Ve2m1_lane_0_1.h"
#include "Ve2m1_lane_16_0.h"
#include "Ve2m1_lane_16_1.h"
#include "Ve2m1_lane_1_0.h"
#include "Ve2m1_lane_8_1.h"
#include "Vfp8_lane_0_0.h"
#include "Vfp8_lane_0_1.h"
#include "Vfp8_lane_1_0.h"
#include "Vfp8_lane_1_1.h"
#include "Vint8_lane_0.h"
#include "Vint8_lane_1.h"
#include "Vmx_scale.h"
#include "Vnv_inverse.h"
#include "Vnv_scale.h"
#include "Vradix4_lane.h"
#include "lane_inputs.h"
#include "lockstep.h"

namespace luqsim {
namespace {

using sc_core::sc_signal;

// Maxima from the smallest that has a scale to the largest, and some at random.
std::vector<float> maxima(std::uint64_t seed, int count) {
  std::vector<float> all{0x1p-100F, 0x1.fep-99F, 1, 3.1415927F, 0x1.4p0F, 0x1.fep127F, 0x1.fffffep127F, 448, 57344};
  sampling::Source source(seed);
  while (static_cast<int>(all.size()) < count)
    if (const float m = std::fabs(all.size() % 2 == 0 ? source.float_near(1, 8) : source.finite_float());
        m >= smallest_scaled_max_abs)
      all.push_back(m);
  return all;
}

// x, and a factor that takes it within some ulps of the middle between two numbers of a format: an odd number of at
// most `mantissa_bits` + 2 bits times a power of two.
struct Tie {
  float x = 0, inverse = 0;
};
Tie tie(sampling::Source& source, int mantissa_bits) {
  while (true) {
    const float x = test::widen(test::bf16_bits(source.finite_float()));
    const std::int64_t first = std::int64_t{1} << source.between(0, mantissa_bits);
    const auto odd = static_cast<float>(2 * source.between(first, 2 * first - 1) + 1);
    const float middle = std::ldexp(odd, static_cast<int>(source.between(-20, 6)));
    const float inverse = test::ulps_away(middle / std::fabs(x), source.between(-3, 3));
    if (std::isnormal(x) && inverse >= 0x1p-119F && inverse <= 0x1p108F) return {x, inverse};
  }
}
constexpr std::uint64_t ties = 300'000;

constexpr ScaleRule either[]{ScaleRule::exact, ScaleRule::pow2}, power_of_two[]{ScaleRule::pow2};

// Inputs x and inverse; the port of the code has a name of its own in every lane.
template <class Block, class BindCode>
void scaled_lane(const std::string& name, Format format, std::span<const ScaleRule> rules, BindCode bind_code) {
  fresh_context();
  sc_signal<std::uint32_t> x, inverse, code;
  Block block("block");
  block.x(x);
  block.inverse(inverse);
  bind_code(block, code);
  test::Comparison comparison(name);
  test::Speed speed(name, comparison);
  const auto run = [&](std::span<const float> inputs, TensorScale scale) {
    std::vector<std::uint16_t> expected(inputs.size());
    scaled_codes(inputs, 0, scale, {.format = format}, {}, expected);
    inverse.write(std::bit_cast<std::uint32_t>(scale.inverse));
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      x.write(test::bf16_bits(inputs[i]));
      test::settle();
      comparison.check(expected[i], code.read(), [&] {
        return fmt::format("x={:#06x} ({:g}) inverse={:#010x} ({:g})", x.read(), inputs[i], inverse.read(),
                           scale.inverse);
      });
    }
  };
  const bool multiplies = rules.size() > 1;
  test::Driver driver("driver", [&] {
    const std::vector<float> all = bfloat16::all_finite();
    for (const ScaleRule rule : rules)
      for (const float m : maxima(61, 30)) run(all, tensor_scale(m, {.format = format, .scale = rule}));
    sampling::Source source(68);
    for (std::uint64_t i = 0; i < ties && multiplies; ++i) {
      const Tie t = tie(source, format_info(format).mantissa_bits);
      run(std::span(&t.x, 1), {1, t.inverse});
    }
  });
  run_to_the_end();
  EXPECT_EQ(comparison.vectors(), rules.size() * 30 * 65280U + (multiplies ? ties : 0));
}

constexpr auto code_port = [](auto& block, auto& code) { block.code(code); };
constexpr auto q_port = [](auto& block, auto& code) { block.q(code); };

TEST(Fp8Lane, E4m3) {
  scaled_lane<Vfp8_lane_0_0>("fp8_lane_0_0", Format::fp8_e4m3, either, code_port);
  scaled_lane<Vfp8_lane_0_1>("fp8_lane_0_1", Format::fp8_e4m3, power_of_two, code_port);
}
TEST(Fp8Lane, E5m2) {
  scaled_lane<Vfp8_lane_1_0>("fp8_lane_1_0", Format::fp8_e5m2, either, code_port);
  scaled_lane<Vfp8_lane_1_1>("fp8_lane_1_1", Format::fp8_e5m2, power_of_two, code_port);
}
TEST(Int8Lane, EveryBf16) {
  scaled_lane<Vint8_lane_0>("int8_lane_0", Format::int8, either, q_port);
  scaled_lane<Vint8_lane_1>("int8_lane_1", Format::int8, power_of_two, q_port);
}

// A number at which u decides for f = the fraction of a step of fp4_e2m1 where |r| lies; and its neighbours.
std::uint32_t around_the_tie(float r, int bits, sampling::Source& source) {
  const double magnitude = std::min(std::fabs(double{r}), 6.0);
  std::uint32_t below = 0;
  while (below < 6 && decode(Format::fp4_e2m1, below + 1) <= magnitude) ++below;
  const double low = decode(Format::fp4_e2m1, below), high = decode(Format::fp4_e2m1, below + 1);
  const double fraction = std::min((magnitude - low) / (high - low), 1.0), end = std::ldexp(1.0, bits);
  const auto tie = static_cast<std::int64_t>(std::floor((1 - fraction) * end));
  return static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(tie + source.between(-2, 1), 0, static_cast<std::int64_t>(end) - 1));
}

// The inverse scales of blocks.
std::vector<float> block_inverses(BlockFormat format) {
  std::vector<float> all;
  if (format == BlockFormat::mxfp4) {
    for (const float m : maxima(62, 20)) all.push_back(mxfp4_block_scale(m).inverse);
    for (const float m : {0.0F, 0x1p-149F, 0x1p-127F, 0x1p-126F, 0x1p-125F, 0x1p-124F, 0x1p-123F})
      all.push_back(mxfp4_block_scale(m).inverse);
    return all;
  }
  sampling::Source source(63);
  for (const float m : maxima(63, 25)) {
    all.push_back(nvfp4_block_scale(m, nvfp4_tensor_scale(m)).inverse);
    // A smaller block, down to those without a scale.
    all.push_back(nvfp4_block_scale(std::ldexp(m, -static_cast<int>(source.below(22))), nvfp4_tensor_scale(m)).inverse);
  }
  return all;
}

template <class Block>
void element_lane(const std::string& name, BlockFormat format, int bits) {
  fresh_context();
  using Random = typename std::remove_reference_t<decltype(Block::random)>::data_type;  // bool for one bit
  sc_signal<std::uint32_t> x, inverse, code;
  sc_signal<Random> random;
  Block block("block");
  block.x(x);
  block.inverse(inverse);
  block.random(random);
  block.code(code);
  test::Comparison comparison(name);
  test::Speed speed(name, comparison);
  sampling::Source source(64);
  const std::vector<float> inverses = block_inverses(format);
  const auto run = [&](float v, float factor) {
    const float r = v * factor;
    const auto u = bits == 0          ? static_cast<std::uint32_t>(source.below(2))
                   : source.one_in(4) ? static_cast<std::uint32_t>(source.below(std::uint64_t{1} << bits))
                                      : around_the_tie(r, bits, source);
    x.write(test::bf16_bits(v));
    inverse.write(std::bit_cast<std::uint32_t>(factor));
    random.write(static_cast<Random>(u));
    test::settle();
    const std::uint32_t expected = factor == 0 ? 0
                                   : bits == 0 ? encode_saturating(Format::fp4_e2m1, r)
                                               : encode_stochastic(Format::fp4_e2m1, r, u, bits);
    comparison.check(expected, code.read(), [&] {
      return fmt::format("x={:#06x} ({:g}) inverse={:#010x} ({:g}) random={:#x}", x.read(), v, inverse.read(), factor,
                         u);
    });
  };
  const bool multiplies = format == BlockFormat::nvfp4;
  test::Driver driver("driver", [&] {
    const std::vector<float> all = bfloat16::all_finite();
    for (const float factor : inverses)
      for (const float v : all) run(v, factor);
    for (std::uint64_t i = 0; i < ties && multiplies; ++i) {
      const Tie t = tie(source, std::max(bits, 1));
      run(t.x, t.inverse);
    }
  });
  run_to_the_end();
  EXPECT_EQ(comparison.vectors(), inverses.size() * 65280U + (multiplies ? ties : 0));
}

TEST(E2m1Lane, Nvfp4) {
  element_lane<Ve2m1_lane_0_0>("e2m1_lane_0_0", BlockFormat::nvfp4, 0);
  element_lane<Ve2m1_lane_16_0>("e2m1_lane_16_0", BlockFormat::nvfp4, 16);
  element_lane<Ve2m1_lane_1_0>("e2m1_lane_1_0", BlockFormat::nvfp4, 1);
}
TEST(E2m1Lane, Mxfp4) {
  element_lane<Ve2m1_lane_0_1>("e2m1_lane_0_1", BlockFormat::mxfp4, 0);
  element_lane<Ve2m1_lane_16_1>("e2m1_lane_16_1", BlockFormat::mxfp4, 16);
  element_lane<Ve2m1_lane_8_1>("e2m1_lane_8_1", BlockFormat::mxfp4, 8);
}

TEST(MxScale, EveryMaximum) {
  fresh_context();
  sc_signal<std::uint32_t> maximum, scale, inverse;
  Vmx_scale block("block");
  block.maximum(maximum);
  block.scale(scale);
  block.inverse(inverse);
  test::Comparison codes("mx_scale"), inverses("mx_scale_inverse");
  test::Driver driver("driver", [&] {
    for (std::uint32_t m = 0; m < 0x7F80; ++m) {
      maximum.write(m);
      test::settle();
      const BlockScale expected = mxfp4_block_scale(test::widen(m));
      const auto inputs = [&] { return fmt::format("maximum={:#06x}", m); };
      codes.check(expected.code, scale.read(), inputs);
      inverses.check(std::bit_cast<std::uint32_t>(expected.inverse), inverse.read(), inputs);
    }
  });
  run_to_the_end();
  EXPECT_EQ(codes.vectors(), 0x7F80U);
}

// The scales of tensors: of maxima, and for which some quotients lie beside or on the middle between two e4m3 numbers.
std::vector<float> tensor_scales() {
  std::vector<float> all{0};
  for (const float m : maxima(65, 60)) all.push_back(nvfp4_tensor_scale(m));
  sampling::Source source(66);
  while (all.size() < 140) {
    const float sixth = test::widen(0x3F80U + static_cast<std::uint32_t>(source.below(0x80))) / 6;
    const auto odd = static_cast<float>(2 * source.between(8, 15) + 1);
    all.push_back(
        test::ulps_away(std::ldexp(sixth / odd, static_cast<int>(source.between(-8, 12))), source.between(-2, 2)));
  }
  return all;
}

// A tie of e4m3 that only the rounding of x / t to binary32 makes.
bool is_made_tie(float x, float t) {
  const float ratio = x / t;
  if (!std::isnormal(ratio)) return false;
  const int exponent = std::ilogb(ratio);
  const double middle = std::ldexp(std::round(std::ldexp(double{ratio}, 4 - exponent)), exponent - 4);
  return double{ratio} == middle && double{x} != middle * t;
}

TEST(NvScale, EveryMaximum) {
  fresh_context();
  sc_signal<std::uint32_t> maximum, tensor_scale, scale;
  Vnv_scale block("block");
  block.maximum(maximum);
  block.tensor_scale(tensor_scale);
  block.scale(scale);
  test::Comparison comparison("nv_scale");
  std::uint64_t rounded_to_tie = 0;
  test::Driver driver("driver", [&] {
    for (const float t : tensor_scales()) {
      tensor_scale.write(std::bit_cast<std::uint32_t>(t));
      for (std::uint32_t m = 0; m < 0x7F80; ++m) {
        maximum.write(m);
        test::settle();
        const float sixth = test::widen(m) / 6, ratio = sixth / t;
        if (is_made_tie(sixth, t)) ++rounded_to_tie;
        comparison.check(nvfp4_block_scale(test::widen(m), t).code, scale.read(), [&] {
          return fmt::format("maximum={:#06x} tensor_scale={:#010x} ratio={:g}", m, tensor_scale.read(), ratio);
        });
      }
    }
  });
  run_to_the_end();
  EXPECT_GT(rounded_to_tie, 100U);
}

TEST(NvInverse, EveryScale) {
  fresh_context();
  sc_signal<std::uint32_t> scale, inverse;
  sc_signal<sc_dt::sc_bv<248>> reciprocals;
  Vnv_inverse block("block");
  block.scale(scale);
  block.inverse(inverse);
  block.reciprocals(reciprocals);
  test::Comparison comparison("nv_inverse");
  test::Driver driver("driver", [&] {
    for (const float t : tensor_scales()) {
      if (t == 0) continue;
      sc_dt::sc_bv<248> constants;
      for (int i = 0; i < 8; ++i) {
        const float step = (1 + static_cast<float>(i) / 8) * t;
        constants.range(31 * i + 30, 31 * i) = std::bit_cast<std::uint32_t>(1 / step);
      }
      reciprocals.write(constants);
      for (std::uint32_t s = 0; s < 127; ++s) {
        scale.write(s);
        test::settle();
        const float step = static_cast<float>(decode(Format::fp8_e4m3, s)) * t;
        comparison.check(s == 0 ? 0U : std::bit_cast<std::uint32_t>(1 / step), inverse.read(),
                         [&] { return fmt::format("scale={:#04x} tensor_scale={:g}", s, t); });
      }
    }
  });
  run_to_the_end();
  EXPECT_GT(comparison.vectors(), 17'000U);
}

TEST(Radix4Lane, EveryBf16) {
  fresh_context();
  sc_signal<std::uint32_t> x, inverse, code;
  sc_signal<bool> phase;
  Vradix4_lane block("block");
  block.x(x);
  block.inverse(inverse);
  block.phase(phase);
  block.code(code);
  test::Comparison comparison("radix4_lane");
  test::Speed speed("radix4_lane", comparison);
  test::Driver driver("driver", [&] {
    const std::vector<float> all = bfloat16::all_finite();
    std::vector<std::int8_t> levels(all.size());
    for (const Radix4Phase p : {Radix4Phase::even, Radix4Phase::odd})
      for (const float m : maxima(67, 30)) {
        const Radix4Scale scale = radix4_scale(m);
        radix4_levels(all, scale, p, levels);
        phase.write(p == Radix4Phase::odd);
        inverse.write(std::bit_cast<std::uint32_t>(scale.inverse));
        for (std::size_t i = 0; i < all.size(); ++i) {
          x.write(test::bf16_bits(all[i]));
          test::settle();
          const std::uint32_t expected =
              levels[i] < 0 ? 8U | static_cast<std::uint32_t>(-levels[i]) : static_cast<std::uint32_t>(levels[i]);
          comparison.check(expected, code.read(), [&] {
            return fmt::format("x={:#06x} ({:g}) inverse={:g} {}", x.read(), all[i], scale.inverse, name_of(p));
          });
        }
      }
  });
  run_to_the_end();
  EXPECT_EQ(comparison.vectors(), 60 * 65280U);
}

}  // namespace
}  // namespace luqsim

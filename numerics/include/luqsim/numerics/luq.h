// LUQ: logarithmic unbiased quantization of neural gradients to FP4 [1,3,0] (arXiv 2112.10769, section 4).
#pragma once
#include <cstdint>
#include <optional>
#include <span>

#include "luqsim/numerics/philox.h"
#include "luqsim/numerics/status.h"
#include "luqsim/numerics/tensor.h"

namespace luqsim {

// How a magnitude r = |x| / alpha becomes a level; Fig. 2 of the paper compares them.
enum class Rounding : std::uint8_t {
  luq,      // logarithmic stochastic rounding in range (r >= 1), stochastic underflow below
  rdnp,     // nearest power of two (threshold 1.5 * 2^k), flush to zero below range
  rdnp_su,  // nearest power of two, stochastic underflow below
  sr,       // logarithmic stochastic rounding, flush to zero below range
  int4_sr,  // uniform levels -7..7 of scale M / 7 with stochastic rounding: int4 codes
};
template <>
struct EnumNames<Rounding> {
  static constexpr std::array<std::string_view, 5> names{"luq", "rdnp", "rdnp+su", "sr", "int4_sr"};
};

enum class Alpha : std::uint8_t {
  max,   // alpha = M * 2^-E
  pow2,  // alpha = 2^(ceil(log2 M) - E): no multiplier in hardware (appendix A.7)
};
template <>
struct EnumNames<Alpha> {
  static constexpr std::array<std::string_view, 2> names{"max", "pow2"};
};

struct LuqConfig {
  Rounding rounding = Rounding::luq;
  Alpha alpha = Alpha::max;
  int top_exponent = 6;  // E: 6; 4 (Eq. 11 read literally); 7 emulates a published code and is not encodable in 4 bits
  int random_bits = 16;  // B: 1..16, the top bits of each lane
  std::uint32_t reuse = 1;  // R >= 1: steps R s .. R s + R - 1 share their random numbers (appendix A.5.2)

  bool operator==(const LuqConfig&) const = default;
};

// Throws std::invalid_argument naming the field that is out of range.
void validate(const LuqConfig& config);

// The format of the codes: int4 for int4_sr, fp4_e3m0 otherwise.
Format luq_format(const LuqConfig& config);

// Hindsight estimate of the next maximum: RN(RN((1 - eta) * measured) + RN(eta * estimate)), 0 <= eta <= 1.
float hindsight_max_abs(float measured, float estimate, float eta);

struct LuqScale {
  float alpha = 0;    // value of one unit: dequantized = level value * alpha; 0 when M < 2^-120 (all codes 0)
  float inverse = 0;  // r = RN(|x| * inverse)
};
// M: exact or estimated maximum, finite and >= 0. Errors as validate().
LuqScale luq_scale(float max_abs, const LuqConfig& config);

// Levels of x, whose first element has index `first` in the tensor. out.size() == x.size(). Level: signed exponent code
// e (0: zero; magnitude 2^(e-1)), at most top_exponent + 1; for int4_sr the integer -7..7. x must be finite. Errors as
// validate() and fill_random_lanes().
void luq_levels(std::span<const float> x, std::uint64_t first, LuqScale scale, const LuqConfig& config,
                const RandomStream& stream, std::span<std::int8_t> out);

// The same with the 16-bit random numbers given, one for each element (of other generators; reuse does not apply).
void luq_levels(std::span<const float> x, std::span<const std::uint16_t> random, LuqScale scale,
                const LuqConfig& config, std::span<std::int8_t> out);

struct LuqResult {
  MaxAbs measured;
  float estimate = 0;  // M used: measured.max_abs, or the hindsight estimate
  LuqScale scale;
  CodeTensor codes;  // empty unless measured.status is ok
};

// The whole quantizer for a row-major rows x cols tensor. `estimate`: hindsight M; values above it clip to the top
// level. top_exponent 7 has no 4-bit code (use luq_levels): std::invalid_argument, as when x.size() is not rows * cols.
// Other errors as luq_levels.
LuqResult luq_quantize(std::span<const float> x, std::size_t rows, std::size_t cols, const LuqConfig& config,
                       const RandomStream& stream, std::optional<float> estimate = std::nullopt);

}  // namespace luqsim

// Quantization of a whole tensor with one scale to FP8 or INT8, the formats of FP8 training (Micikevicius et al., "FP8
// formats for deep learning", arXiv 2209.05433) and of integer inference; bf16, which needs no scale, for comparison.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "luqsim/numerics/format.h"
#include "luqsim/numerics/philox.h"
#include "luqsim/numerics/status.h"
#include "luqsim/numerics/stochastic.h"

namespace luqsim {

enum class ScaleRule : std::uint8_t {
  exact,  // scale = RN(M / max), inverse = RN(max / M): M becomes the largest finite value
  pow2,   // scale = 2^k with the smallest k for which M <= max 2^k: nothing clips, no multiplier in hardware
};
template <>
struct EnumNames<ScaleRule> {
  static constexpr std::array<std::string_view, 2> names{"exact", "pow2"};
};

struct ScaledConfig {
  Format format = Format::fp8_e4m3;  // fp8_e4m3, fp8_e5m2, int8 or bf16
  ScaleRule scale = ScaleRule::exact;
  ElementRounding rounding = ElementRounding::nearest;
  int random_bits = 16;  // stochastic: B, 1..16, the top bits of each lane

  bool operator==(const ScaledConfig&) const = default;
};

// Throws std::invalid_argument naming the field that is out of range.
void validate(const ScaledConfig& config);

// Tensors whose maximum is below this quantize to scale 0 and codes 0: every later constant, the inverse scale of
// fp8_e5m2 and the scales inside an NVFP4 tensor included, stays a normal number. bf16 has no such bound.
inline constexpr float smallest_scaled_max_abs = 0x1p-100F;

struct TensorScale {
  float scale = 0;    // dequantized = decode(code) * scale; 0 when M < 2^-100 (all codes 0)
  float inverse = 0;  // r = RN(x * inverse)
};
// M: exact or estimated maximum, finite and >= 0. bf16: 1 and 1 whatever M is.
TensorScale tensor_scale(float max_abs, const ScaledConfig& config);

// Codes of x, whose first element has index `first` in the tensor: r = RN(x * inverse), saturated and rounded as
// config.rounding says (no random numbers are drawn for nearest). out.size() == x.size(), or std::invalid_argument; x
// must be finite. A code of 8 bits is the low byte, as DotCodes takes it; int8 is two's complement, -127..127.
void scaled_codes(std::span<const float> x, std::uint64_t first, TensorScale scale, const ScaledConfig& config,
                  const RandomStream& stream, std::span<std::uint16_t> out);

struct ScaledResult {
  MaxAbs measured;
  float estimate = 0;  // M used: measured.max_abs, or the estimate given
  TensorScale scale;
  std::vector<std::uint16_t> codes;  // in the order of x; empty unless measured.status is ok
};

// The whole quantizer for a row-major rows x cols tensor. `estimate`: the maximum of delayed scaling, finite and >= 0;
// values above it saturate. Throws std::invalid_argument when x.size() is not rows * cols.
ScaledResult scaled_quantize(std::span<const float> x, std::size_t rows, std::size_t cols, const ScaledConfig& config,
                             const RandomStream& stream = {}, std::optional<float> estimate = std::nullopt);

}  // namespace luqsim

// Radix-4 FP4 with two-phase rounding: the gradient format of Sun et al., "Ultra-low precision 4-bit training of deep
// neural networks" (NeurIPS 2020), section 3. Codes [1,3,0] as fp4_e3m0, but each exponent step is a factor of 4. One
// gradient tensor is quantized twice, on the grid 4^n and on the grid 2 4^n between its points: one phase serves dgrad,
// the other wgrad, so their rounding errors differ and partly cancel. Which is which is the caller's choice.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "luqsim/numerics/format.h"
#include "luqsim/numerics/status.h"
#include "luqsim/numerics/tensor.h"

namespace luqsim {

enum class Radix4Phase : std::uint8_t {
  even,  // magnitudes 4^0 .. 4^6 units of alpha
  odd,   // twice those
};
template <>
struct EnumNames<Radix4Phase> {
  static constexpr std::array<std::string_view, 2> names{"even", "odd"};
};

struct Radix4Scale {
  float alpha = 0;    // value of one unit; 0 when M < 2^-100 (all codes 0)
  float inverse = 0;  // r = RN(|x| * inverse), inexact only where it underflows
};
// alpha = 2^(p - 13) with p = ceil(log2 M), the same for both phases, which would be one grid otherwise. The odd
// phase's largest magnitude is then 2^p >= M, and the even phase's 2^(p-1), above M / 2.5: in both phases M goes to the
// point that is nearest on a grid without end, so nothing clips. Half this alpha would clip in the even phase from M =
// 2^p / 1.6 on; twice this alpha would leave the even phase's top code unused below that, and the odd phase's always.
// The paper's GradScale is a power of two for each layer as well, but learned in training, so that the largest
// gradients end near the top magnitude. `max_abs` may be an estimate: 2^p gives any power of two. M finite and >= 0.
Radix4Scale radix4_scale(float max_abs);

// Levels: signed exponent code e (0: zero; magnitude 4^(e-1), odd: 2 4^(e-1)), -7..7, the level nearest to x / alpha.
// The midpoint under a magnitude m is m / 1.6, under the smallest one m / 2; at a midpoint the larger level is taken,
// above the largest magnitude that one. out.size() == x.size(), or std::invalid_argument; x must be finite.
void radix4_levels(std::span<const float> x, Radix4Scale scale, Radix4Phase phase, std::span<std::int8_t> out);

// Sign in bit 3, e in bits 2..0, packed as every other 4-bit tensor. Not a CodeTensor: its values are no fp4_e3m0's.
struct Radix4Tensor {
  Radix4Phase phase = Radix4Phase::even;
  std::size_t rows = 0, cols = 0;
  std::vector<std::uint8_t> bytes;  // rows * packed_row_bytes(cols)

  std::uint8_t code(std::size_t row, std::size_t col) const {
    return CodeView{Format::fp4_e3m0, rows, cols, bytes}.code(row, col);
  }
};

struct Radix4Result {
  MaxAbs measured;
  float estimate = 0;  // M used: measured.max_abs, or the estimate given
  Radix4Scale scale;
  Radix4Tensor even, odd;  // empty unless measured.status is ok
};

// Both phases of a row-major rows x cols tensor. `estimate`: M of a scale kept from before. Throws
// std::invalid_argument when x.size() is not rows * cols.
Radix4Result radix4_quantize(std::span<const float> x, std::size_t rows, std::size_t cols,
                             std::optional<float> estimate = std::nullopt);

// Value of a code in units of alpha: 0 or +-4^(e-1), twice that in the odd phase.
std::int32_t radix4_value(Radix4Phase phase, std::uint8_t code);

// Product of an integer code (int4 or uint4, otherwise std::invalid_argument) and a radix-4 code in units of alpha and
// the integer's scale: |w| << 2 (e - 1), one more in the odd phase; exact.
std::int32_t radix4_product(Format integer_format, std::uint8_t integer, Radix4Phase phase, std::uint8_t radix4);

// The largest magnitude of a product that quantizers can cause: 7 (int4) or 15 (uint4) times 4096, or 8192 in the odd
// phase. Sums are exact in any order while terms * this < 2^(W-1): exact_terms() of accumulator.h.
std::uint32_t radix4_max_product(Format integer_format, Radix4Phase phase);

}  // namespace luqsim

// Stochastic rounding of a number to any format of the table, by the rule of LUQ.
#pragma once
#include <cstdint>

#include "luqsim/numerics/format.h"

namespace luqsim {

// How an element of a scaled tensor becomes a code. Both saturate at the largest finite value.
enum class ElementRounding : std::uint8_t {
  nearest,     // ties to the even code, as encode()
  stochastic,  // up or down at random, see encode_stochastic
};
template <>
struct EnumNames<ElementRounding> {
  static constexpr std::array<std::string_view, 2> names{"nearest", "stochastic"};
};

// The code of `value` rounded with the random integer u = `random` < 2^bits, 1 <= bits <= 16. Between the neighbouring
// magnitudes a <= |value| < b: b if f + (2u + 1) 2^-(bits + 1) >= 1 with f = (|value| - a) / (b - a), compared exactly;
// otherwise a. Of the 2^bits integers floor(f 2^bits + 1/2) give b, so the mean differs from |value| by at most (b - a)
// 2^-(bits + 1). The largest finite value and all above it, infinity too, give the largest finite value. A zero keeps
// its sign where the format has one. `format` has a zero (not e8m0) and a NaN is treated as encode() does.
std::uint32_t encode_stochastic(Format format, float value, std::uint32_t random, int bits);

// The nearest code, as encode(), but infinity and what would round to it give the largest finite value.
std::uint32_t encode_saturating(Format format, float value);

}  // namespace luqsim

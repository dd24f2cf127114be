#include <algorithm>
#include <bit>

#include "luqsim/numerics/status.h"

#include "vectorize.h"

namespace luqsim {
namespace {

constexpr std::uint32_t infinity_bits = 0x7F800000;

inline std::uint32_t magnitude_bits(float x) { return std::bit_cast<std::uint32_t>(x) & 0x7FFFFFFF; }

// Magnitudes of binary32 are ordered as their bits.
LUQSIM_VECTORIZE std::uint32_t max_magnitude_bits(const float* x, std::size_t n) {
  std::uint32_t largest = 0;
  for (std::size_t i = 0; i < n; ++i) largest = std::max(largest, magnitude_bits(x[i]));
  return largest;
}

}  // namespace

MaxAbs max_abs(std::span<const float> x) {
  const std::uint32_t largest = max_magnitude_bits(x.data(), x.size());
  if (largest < infinity_bits) return {QuantizeStatus::ok, 0, std::bit_cast<float>(largest)};
  const auto first = std::ranges::find_if(x, [](float v) { return magnitude_bits(v) >= infinity_bits; });
  return {QuantizeStatus::non_finite, static_cast<std::uint64_t>(first - x.begin()), 0};
}

}  // namespace luqsim

// Outcome of reading a tensor before it is quantized.
#pragma once
#include <cstdint>
#include <span>

namespace luqsim {

enum class QuantizeStatus : std::uint8_t { ok, non_finite };

// max_abs is the exact maximum of |x| (0 for an empty tensor); with a NaN or infinity in x, status is non_finite,
// first_non_finite its row-major index, and max_abs has no meaning.
struct MaxAbs {
  QuantizeStatus status = QuantizeStatus::ok;
  std::uint64_t first_non_finite = 0;
  float max_abs = 0;
};
MaxAbs max_abs(std::span<const float> x);

// Tensors whose maximum is below this quantize to scale 0 and codes 0: every later constant stays a normal number.
inline constexpr float smallest_max_abs = 0x1p-120F;

}  // namespace luqsim

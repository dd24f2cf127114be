// exp and log as luqsim/numerics/elementary.h defines them: the same sequence of single-rounded operations.
#pragma once
#include <cstdint>

#include "luqsim/cuda/host_device.h"

#include "elements/bits.h"

namespace luqsim::cuda {

constexpr std::uint32_t quiet_nan_bits = 0x7FC00000;
constexpr float ln2_high = 0x1.62e4p-1F, ln2_low = 0x1.7f7d1cp-20F;

LUQSIM_HOST_DEVICE inline float exp_nonpositive(float x) {
  if (!(x <= 0.0F)) return float_from(quiet_nan_bits);
  if (x < -87.0F) return 0.0F;
  const float round = 12582912.0F;  // 1.5 * 2^23
  const float n = (x * 0x1.715476p+0F + round) - round;
  const float r = (x - n * ln2_high) - n * ln2_low;
  float tail = 1.0F / 5040.0F;
  tail = tail * r + 1.0F / 720.0F;
  tail = tail * r + 1.0F / 120.0F;
  tail = tail * r + 1.0F / 24.0F;
  tail = tail * r + 1.0F / 6.0F;
  tail = tail * r + 0.5F;
  const float value = 1.0F + (r + (r * r) * tail);
  return value * float_from(static_cast<std::uint32_t>(static_cast<std::int32_t>(n) + 127) << 23);
}

LUQSIM_HOST_DEVICE inline float log_positive(float x) {
  if (!(x >= 0x1p-126F) || float_bits(x) >= infinity_bits) return float_from(quiet_nan_bits);
  const std::uint32_t sqrt_half = 0x3F3504F3, offset = float_bits(x) - sqrt_half;
  const float n = static_cast<float>(static_cast<std::int32_t>(offset) >> 23);
  const float f = float_from((offset & 0x7FFFFFU) + sqrt_half) - 1.0F, s = f / (2.0F + f), z = s * s;
  float tail = 2.0F / 11.0F;
  tail = tail * z + 2.0F / 9.0F;
  tail = tail * z + 2.0F / 7.0F;
  tail = tail * z + 2.0F / 5.0F;
  tail = tail * z + 2.0F / 3.0F;
  const float log_m = f - s * (f - z * tail);
  return n * ln2_high + (n * ln2_low + log_m);
}

}  // namespace luqsim::cuda

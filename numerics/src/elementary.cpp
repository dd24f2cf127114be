#include "luqsim/numerics/elementary.h"

#include <bit>
#include <cstdint>
#include <initializer_list>
#include <limits>

namespace luqsim {
namespace {
// ln 2 = ln2_high + ln2_low; ln2_high has 15 significant bits, so that its product with an exponent is exact.
constexpr float ln2_high = 0x1.62e4p-1F, ln2_low = 0x1.7f7d1cp-20F, log2_e = 0x1.715476p+0F;
constexpr float round_magic = 12582912.0F;  // 1.5 * 2^23
constexpr float nan = std::numeric_limits<float>::quiet_NaN();
}  // namespace

// x = n ln 2 + r with |r| <= ln 2 / 2; the series of exp(r) to r^7 by Horner; times 2^n, exact.
float exp_nonpositive(float x) {
  if (!(x <= 0.0F)) return nan;
  if (x < -87.0F) return 0.0F;
  const float n = (x * log2_e + round_magic) - round_magic;
  const float r = (x - n * ln2_high) - n * ln2_low;
  float tail = 1.0F / 5040.0F;
  for (const float coefficient : {1.0F / 720.0F, 1.0F / 120.0F, 1.0F / 24.0F, 1.0F / 6.0F, 0.5F})
    tail = tail * r + coefficient;
  const float value = 1.0F + (r + (r * r) * tail);
  const auto exponent = static_cast<std::uint32_t>(static_cast<std::int32_t>(n) + 127);
  return value * std::bit_cast<float>(exponent << 23);
}

// x = 2^n m with m in [sqrt(1/2), sqrt(2)); log m = 2 atanh(s), s = (m - 1) / (m + 1), to s^11.
float log_positive(float x) {
  constexpr std::uint32_t sqrt_half_bits = 0x3F3504F3;
  if (!(x >= std::numeric_limits<float>::min()) || x > std::numeric_limits<float>::max()) return nan;
  const std::uint32_t offset = std::bit_cast<std::uint32_t>(x) - sqrt_half_bits;
  const auto n = static_cast<float>(static_cast<std::int32_t>(offset) >> 23);
  const float m = std::bit_cast<float>((offset & 0x7FFFFFU) + sqrt_half_bits);
  const float f = m - 1.0F, s = f / (2.0F + f), z = s * s;
  float tail = 2.0F / 11.0F;
  for (const float coefficient : {2.0F / 9.0F, 2.0F / 7.0F, 2.0F / 5.0F, 2.0F / 3.0F}) tail = tail * z + coefficient;
  // 2 s = f - s f, the second term smaller by |s| < 0.18: the leading f is exact.
  const float log_m = f - s * (f - z * tail);
  return n * ln2_high + (n * ln2_low + log_m);
}

}  // namespace luqsim

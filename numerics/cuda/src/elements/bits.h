// A float's bits and back, on both sides.
#pragma once
#include <cstdint>
#include <cstring>

#include "luqsim/cuda/host_device.h"
#include "luqsim/numerics/status.h"

namespace luqsim::cuda {

LUQSIM_HOST_DEVICE inline std::uint32_t float_bits(float x) {
  std::uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  return bits;
}

LUQSIM_HOST_DEVICE inline float float_from(std::uint32_t bits) {
  float x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

constexpr std::uint32_t magnitude_bits = 0x7FFFFFFF, infinity_bits = 0x7F800000, one_bits = 0x3F800000;

// Of a maximum >= 0: finite and at least 2^-120. Otherwise scale and codes are 0.
LUQSIM_HOST_DEVICE inline bool quantizable(float max_abs) {
  return max_abs >= smallest_max_abs && float_bits(max_abs) < infinity_bits;
}

}  // namespace luqsim::cuda

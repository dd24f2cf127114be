// Eight neighbouring values at a time: two 16-byte loads, one random block, four bytes of codes.
#pragma once
#include <cstdint>

#include "luqsim/cuda/quantize.h"

namespace luqsim::cuda {

inline bool aligned(const void* pointer, std::size_t bytes) {
  return reinterpret_cast<std::uintptr_t>(pointer) % bytes == 0;
}

struct Floats {
  const float* x;

  bool loads_vectors() const { return aligned(x, 16); }

  __device__ float at(std::uint64_t i) const { return x[i]; }
  __device__ void load(std::uint64_t group, float (&v)[8]) const {
    const float4* from = reinterpret_cast<const float4*>(x) + 2 * group;
    const float4 a = from[0], b = from[1];
    v[0] = a.x, v[1] = a.y, v[2] = a.z, v[3] = a.w, v[4] = b.x, v[5] = b.y, v[6] = b.z, v[7] = b.w;
  }
};

struct Sums {
  const std::int32_t* sums;
  const float* scale;

  bool loads_vectors() const { return aligned(sums, 16); }
  __device__ float at(std::uint64_t i) const { return static_cast<float>(sums[i]) * *scale; }
  __device__ void load(std::uint64_t group, float (&v)[8]) const {
    const int4* from = reinterpret_cast<const int4*>(sums) + 2 * group;
    const int4 a = from[0], b = from[1];
    const std::int32_t integers[8]{a.x, a.y, a.z, a.w, b.x, b.y, b.z, b.w};
    const float factor = *scale;
    for (int i = 0; i < 8; ++i) v[i] = static_cast<float>(integers[i]) * factor;
  }
};

}  // namespace luqsim::cuda

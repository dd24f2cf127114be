// Philox4x32-10 (Salmon et al., SC'11): the 16-bit random numbers of eight elements at once.
#pragma once
#include <cstdint>

#include "luqsim/cuda/host_device.h"
#include "luqsim/numerics/philox.h"

namespace luqsim::cuda {

// What all blocks of one tensor share: the key, and the upper half of the counter.
struct PhiloxStream {
  std::uint32_t key_0, key_1, tensor, step_and_sample;
};

// `reuse` consecutive steps share random numbers. step < 2^24 and sample < 2^8.
inline PhiloxStream philox_stream(const RandomStream& s, std::uint32_t reuse) {
  return {static_cast<std::uint32_t>(s.seed), static_cast<std::uint32_t>(s.seed >> 32), s.tensor,
          (s.step / reuse) << 8 | s.sample};
}

// Lane j of elements 8 block + j: word j / 2, low half first.
struct PhiloxWords {
  std::uint32_t word[4];

  LUQSIM_HOST_DEVICE std::uint32_t lane(unsigned j) const { return word[j / 2] >> (16 * (j % 2)) & 0xFFFF; }
};

LUQSIM_HOST_DEVICE inline PhiloxWords philox_block(const PhiloxStream& s, std::uint64_t block) {
  std::uint32_t a = static_cast<std::uint32_t>(block), b = static_cast<std::uint32_t>(block >> 32), c = s.tensor,
                d = s.step_and_sample;
  std::uint32_t key_0 = s.key_0, key_1 = s.key_1;
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t from_a = std::uint64_t{a} * 0xD2511F53U, from_c = std::uint64_t{c} * 0xCD9E8D57U;
    a = static_cast<std::uint32_t>(from_c >> 32) ^ b ^ key_0;
    b = static_cast<std::uint32_t>(from_c);
    c = static_cast<std::uint32_t>(from_a >> 32) ^ d ^ key_1;
    d = static_cast<std::uint32_t>(from_a);
    key_0 += 0x9E3779B9U;
    key_1 += 0xBB67AE85U;
  }
  return {{a, b, c, d}};
}

}  // namespace luqsim::cuda

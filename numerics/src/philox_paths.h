// The ways to compute many random numbers at once. All give the same bits; a test asks for each by name.
#pragma once
#include <cstdint>
#include <span>

#include "luqsim/numerics/philox.h"

namespace luqsim {

enum class PhiloxPath : std::uint8_t {
  portable,  // C++ that the compiler vectorizes
  avx512,    // philox_avx512.h
};

bool has_path(PhiloxPath path);  // on this processor

// fill_random_lanes by a path that the processor has.
void fill_random_lanes(PhiloxPath path, const RandomStream& stream, std::uint64_t first, std::span<std::uint16_t> out);

}  // namespace luqsim

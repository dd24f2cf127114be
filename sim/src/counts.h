// Counts of a record or of a trace, which layers without data can make as large as they like.
#pragma once
#include <cstdint>
#include <string>

#include "luqsim/traces/trace.h"

namespace luqsim {

// Throw TraceError, with `place`, where 64 bits do not hold the result.
inline std::uint64_t count_product(std::uint64_t a, std::uint64_t b, const std::string& place) {
  std::uint64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) throw TraceError(place + ": counts of 2^64 or more; wanted fewer");
  return product;
}
inline std::uint64_t count_sum(std::uint64_t a, std::uint64_t b, const std::string& place) {
  std::uint64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) throw TraceError(place + ": counts of 2^64 or more; wanted fewer");
  return sum;
}

}  // namespace luqsim

// Where a thread is in its grid, and the operations at which threads wait for each other.
#pragma once
#include <bit>
#include <cstdint>
#include <source_location>

#include "luqsim_emulator/vector_types.h"

extern const uint3& threadIdx;
extern const uint3& blockIdx;
extern const dim3& blockDim;
extern const dim3& gridDim;
constexpr int warpSize = 32;

namespace luqsim::emulator {

using Where = std::source_location;

enum class BlockOperation { sync, any, all, count };
enum class WarpOperation {
  sync,
  shuffle,
  shuffle_up,
  shuffle_down,
  shuffle_xor,
  ballot,
  any,
  all,
  add,
  min,
  max,
  signed_min,
  signed_max,
  bit_and,
  bit_or,
  bit_xor
};

// Every thread of the block must come to the same place in the source; then all go on.
int block_wait(BlockOperation operation, int predicate, const Where& where);
// Every lane named by the mask must come, with the same operation and the same mask.
std::uint32_t warp_wait(WarpOperation operation, unsigned mask, std::uint32_t value, const Where& where);
// `bytes`, 4 or 8, is the size of the type that is exchanged; `argument` is a lane, an offset or a lane mask.
std::uint64_t warp_shuffle(WarpOperation operation, unsigned mask, std::uint64_t value, int bytes, unsigned argument,
                           int width, const Where& where);

}  // namespace luqsim::emulator

inline void __syncthreads(luqsim::emulator::Where where = luqsim::emulator::Where::current()) {
  luqsim::emulator::block_wait(luqsim::emulator::BlockOperation::sync, 0, where);
}
inline int __syncthreads_or(int predicate, luqsim::emulator::Where where = luqsim::emulator::Where::current()) {
  return luqsim::emulator::block_wait(luqsim::emulator::BlockOperation::any, predicate, where);
}
inline int __syncthreads_and(int predicate, luqsim::emulator::Where where = luqsim::emulator::Where::current()) {
  return luqsim::emulator::block_wait(luqsim::emulator::BlockOperation::all, predicate, where);
}
inline int __syncthreads_count(int predicate, luqsim::emulator::Where where = luqsim::emulator::Where::current()) {
  return luqsim::emulator::block_wait(luqsim::emulator::BlockOperation::count, predicate, where);
}

inline void __syncwarp(unsigned mask = 0xFFFFFFFF, luqsim::emulator::Where where = luqsim::emulator::Where::current()) {
  luqsim::emulator::warp_wait(luqsim::emulator::WarpOperation::sync, mask, 0, where);
}
inline unsigned __ballot_sync(unsigned mask, int predicate,
                              luqsim::emulator::Where where = luqsim::emulator::Where::current()) {
  return luqsim::emulator::warp_wait(luqsim::emulator::WarpOperation::ballot, mask, predicate != 0, where);
}
inline int __any_sync(unsigned mask, int predicate,
                      luqsim::emulator::Where where = luqsim::emulator::Where::current()) {
  return luqsim::emulator::warp_wait(luqsim::emulator::WarpOperation::any, mask, predicate != 0, where) != 0;
}
inline int __all_sync(unsigned mask, int predicate,
                      luqsim::emulator::Where where = luqsim::emulator::Where::current()) {
  return luqsim::emulator::warp_wait(luqsim::emulator::WarpOperation::all, mask, predicate != 0, where) != 0;
}

#define LUQSIM_REDUCE(name, T, operation)                                                                     \
  inline T name(unsigned mask, T value, luqsim::emulator::Where where = luqsim::emulator::Where::current()) { \
    return std::bit_cast<T>(luqsim::emulator::warp_wait(luqsim::emulator::WarpOperation::operation, mask,     \
                                                        std::bit_cast<std::uint32_t>(value), where));         \
  }
LUQSIM_REDUCE(__reduce_add_sync, unsigned int, add)
LUQSIM_REDUCE(__reduce_add_sync, int, add)
LUQSIM_REDUCE(__reduce_min_sync, unsigned int, min)
LUQSIM_REDUCE(__reduce_min_sync, int, signed_min)
LUQSIM_REDUCE(__reduce_max_sync, unsigned int, max)
LUQSIM_REDUCE(__reduce_max_sync, int, signed_max)
LUQSIM_REDUCE(__reduce_and_sync, unsigned int, bit_and)
LUQSIM_REDUCE(__reduce_or_sync, unsigned int, bit_or)
LUQSIM_REDUCE(__reduce_xor_sync, unsigned int, bit_xor)
#undef LUQSIM_REDUCE

namespace luqsim::emulator {

template <class T>
T shuffle(WarpOperation operation, unsigned mask, T value, unsigned argument, int width, const Where& where) {
  if constexpr (sizeof(T) == 8) {
    return std::bit_cast<T>(
        warp_shuffle(operation, mask, std::bit_cast<std::uint64_t>(value), 8, argument, width, where));
  } else {
    return std::bit_cast<T>(static_cast<std::uint32_t>(
        warp_shuffle(operation, mask, std::bit_cast<std::uint32_t>(value), 4, argument, width, where)));
  }
}

}  // namespace luqsim::emulator

#define LUQSIM_SHUFFLES(T)                                                                                             \
  inline T __shfl_sync(unsigned mask, T value, int lane, int width = warpSize,                                         \
                       luqsim::emulator::Where where = luqsim::emulator::Where::current()) {                           \
    return luqsim::emulator::shuffle(luqsim::emulator::WarpOperation::shuffle, mask, value,                            \
                                     static_cast<unsigned>(lane), width, where);                                       \
  }                                                                                                                    \
  inline T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = warpSize,                                \
                          luqsim::emulator::Where where = luqsim::emulator::Where::current()) {                        \
    return luqsim::emulator::shuffle(luqsim::emulator::WarpOperation::shuffle_up, mask, value, delta, width, where);   \
  }                                                                                                                    \
  inline T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = warpSize,                              \
                            luqsim::emulator::Where where = luqsim::emulator::Where::current()) {                      \
    return luqsim::emulator::shuffle(luqsim::emulator::WarpOperation::shuffle_down, mask, value, delta, width, where); \
  }                                                                                                                    \
  inline T __shfl_xor_sync(unsigned mask, T value, int lane_mask, int width = warpSize,                                \
                           luqsim::emulator::Where where = luqsim::emulator::Where::current()) {                       \
    return luqsim::emulator::shuffle(luqsim::emulator::WarpOperation::shuffle_xor, mask, value,                        \
                                     static_cast<unsigned>(lane_mask), width, where);                                  \
  }
LUQSIM_SHUFFLES(int)
LUQSIM_SHUFFLES(unsigned int)
LUQSIM_SHUFFLES(long)
LUQSIM_SHUFFLES(unsigned long)
LUQSIM_SHUFFLES(long long)
LUQSIM_SHUFFLES(unsigned long long)
LUQSIM_SHUFFLES(float)
LUQSIM_SHUFFLES(double)
#undef LUQSIM_SHUFFLES

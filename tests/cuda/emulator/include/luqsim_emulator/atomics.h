// Atomics on global and shared memory. One thread runs at a time, so they are plain; they return the old value. There
// are none on floating-point numbers: their result depends on the order, which no bit-exact kernel may.
#pragma once
#include <concepts>

namespace luqsim::emulator {

template <class T>
concept AtomicInteger = std::same_as<T, int> || std::same_as<T, unsigned int> || std::same_as<T, unsigned long long>;

// Wraps round like the hardware; signed overflow would be undefined.
template <AtomicInteger T>
T wrapping_add(T a, T b) {
  T sum;
  __builtin_add_overflow(a, b, &sum);
  return sum;
}

template <class T>
T exchange(T* address, T value) {
  const T old = *address;
  *address = value;
  return old;
}

}  // namespace luqsim::emulator

#define LUQSIM_ATOMIC(T)                                                                                    \
  inline T atomicAdd(T* address, T value) {                                                                 \
    return luqsim::emulator::exchange(address, luqsim::emulator::wrapping_add(*address, value));            \
  }                                                                                                         \
  inline T atomicMax(T* address, T value) {                                                                 \
    return luqsim::emulator::exchange(address, *address < value ? value : *address);                        \
  }                                                                                                         \
  inline T atomicMin(T* address, T value) {                                                                 \
    return luqsim::emulator::exchange(address, value < *address ? value : *address);                        \
  }                                                                                                         \
  inline T atomicCAS(T* address, T compare, T value) {                                                      \
    return luqsim::emulator::exchange(address, *address == compare ? value : *address);                     \
  }                                                                                                         \
  inline T atomicExch(T* address, T value) { return luqsim::emulator::exchange(address, value); }           \
  inline T atomicOr(T* address, T value) { return luqsim::emulator::exchange(address, *address | value); }  \
  inline T atomicAnd(T* address, T value) { return luqsim::emulator::exchange(address, *address & value); } \
  inline T atomicXor(T* address, T value) { return luqsim::emulator::exchange(address, *address ^ value); }

LUQSIM_ATOMIC(int)
LUQSIM_ATOMIC(unsigned int)
LUQSIM_ATOMIC(unsigned long long)
#undef LUQSIM_ATOMIC

inline int atomicSub(int* address, int value) {
  const int old = *address;
  __builtin_sub_overflow(old, value, address);
  return old;
}
inline unsigned int atomicSub(unsigned int* address, unsigned int value) { return atomicAdd(address, 0U - value); }

// Blocks run one after the other and threads switch only where they wait: memory is always up to date.
inline void __threadfence() {}
inline void __threadfence_block() {}
inline void __threadfence_system() {}

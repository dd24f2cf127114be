// Arithmetic intrinsics. What they compute is exact or correctly rounded, so that plain C++ gives the same bits
// (compiled with -ffp-contract=off and without excess precision).
#pragma once
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "luqsim_emulator/control.h"

inline unsigned int __float_as_uint(float x) { return std::bit_cast<unsigned int>(x); }
inline int __float_as_int(float x) { return std::bit_cast<int>(x); }
inline float __uint_as_float(unsigned int x) { return std::bit_cast<float>(x); }
inline float __int_as_float(int x) { return std::bit_cast<float>(x); }
inline long long __double_as_longlong(double x) { return std::bit_cast<long long>(x); }
inline double __longlong_as_double(long long x) { return std::bit_cast<double>(x); }

inline float __fadd_rn(float a, float b) { return a + b; }
inline float __fsub_rn(float a, float b) { return a - b; }
inline float __fmul_rn(float a, float b) { return a * b; }
inline float __fdiv_rn(float a, float b) { return a / b; }
inline float __fsqrt_rn(float a) { return std::sqrt(a); }
inline float __fmaf_rn(float a, float b, float c) { return std::fma(a, b, c); }
inline double __dadd_rn(double a, double b) { return a + b; }
inline double __dsub_rn(double a, double b) { return a - b; }
inline double __dmul_rn(double a, double b) { return a * b; }
inline double __ddiv_rn(double a, double b) { return a / b; }
inline double __dsqrt_rn(double a) { return std::sqrt(a); }
inline double __fma_rn(double a, double b, double c) { return std::fma(a, b, c); }

namespace luqsim::emulator {

// As the hardware converts binary32: saturating, NaN to 0. `x` is a whole number already.
template <class Integer>
Integer saturated(float x) {
  using Limits = std::numeric_limits<Integer>;
  if (std::isnan(x)) return 0;
  if (x < static_cast<float>(Limits::min())) return Limits::min();
  if (x >= static_cast<float>(Limits::max())) return Limits::max();
  return static_cast<Integer>(x);
}

}  // namespace luqsim::emulator

inline int __float2int_rn(float x) { return luqsim::emulator::saturated<int>(std::nearbyint(x)); }
inline int __float2int_rz(float x) { return luqsim::emulator::saturated<int>(std::trunc(x)); }
inline int __float2int_rd(float x) { return luqsim::emulator::saturated<int>(std::floor(x)); }
inline unsigned int __float2uint_rn(float x) { return luqsim::emulator::saturated<unsigned int>(std::nearbyint(x)); }
inline unsigned int __float2uint_rz(float x) { return luqsim::emulator::saturated<unsigned int>(std::trunc(x)); }
inline float __int2float_rn(int x) { return static_cast<float>(x); }
inline float __uint2float_rn(unsigned int x) { return static_cast<float>(x); }
inline float __ll2float_rn(long long x) { return static_cast<float>(x); }
inline float __ull2float_rn(unsigned long long x) { return static_cast<float>(x); }
inline double __int2double_rn(int x) { return x; }
inline double __uint2double_rn(unsigned int x) { return x; }
inline double __ll2double_rn(long long x) { return static_cast<double>(x); }
inline double __ull2double_rn(unsigned long long x) { return static_cast<double>(x); }
inline float __double2float_rn(double x) { return static_cast<float>(x); }

inline unsigned int __umulhi(unsigned int a, unsigned int b) {
  return static_cast<unsigned int>((std::uint64_t{a} * b) >> 32);
}
inline int __mulhi(int a, int b) { return static_cast<int>((std::int64_t{a} * b) >> 32); }
inline unsigned long long __umul64hi(unsigned long long a, unsigned long long b) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<unsigned long long>((static_cast<Wide>(a) * b) >> 64);
}

inline int __clz(int x) { return std::countl_zero(static_cast<unsigned int>(x)); }
inline int __clzll(long long x) { return std::countl_zero(static_cast<unsigned long long>(x)); }
inline int __ffs(int x) { return __builtin_ffs(x); }
inline int __ffsll(long long x) { return __builtin_ffsll(x); }
inline int __popc(unsigned int x) { return std::popcount(x); }
inline int __popcll(unsigned long long x) { return std::popcount(x); }
inline unsigned int __brev(unsigned int x) {
  unsigned int reversed = 0;
  for (int bit = 0; bit < 32; ++bit) reversed |= (x >> bit & 1U) << (31 - bit);
  return reversed;
}

// A selector digit above 7 is refused: the documentation ignores its top bit, the instruction replicates a sign.
inline unsigned int __byte_perm(unsigned int x, unsigned int y, unsigned int selector) {
  if ((selector & 0x8888U) != 0) luqsim::emulator::fail("__byte_perm with a selector digit above 7");
  const std::uint64_t bytes = std::uint64_t{y} << 32 | x;
  unsigned int result = 0;
  for (unsigned int i = 0; i < 4; ++i)
    result |= static_cast<unsigned int>(bytes >> ((selector >> (4 * i) & 7U) * 8) & 0xFFU) << (8 * i);
  return result;
}
inline unsigned int __funnelshift_r(unsigned int low, unsigned int high, unsigned int shift) {
  return static_cast<unsigned int>((std::uint64_t{high} << 32 | low) >> (shift & 31U));
}
inline unsigned int __funnelshift_l(unsigned int low, unsigned int high, unsigned int shift) {
  return static_cast<unsigned int>(((std::uint64_t{high} << 32 | low) << (shift & 31U)) >> 32);
}
inline int __dp4a(int a, int b, int c) {
  auto sum = static_cast<unsigned int>(c);
  for (int i = 0; i < 4; ++i)
    sum += static_cast<unsigned int>(static_cast<std::int8_t>(a >> (8 * i)) * static_cast<std::int8_t>(b >> (8 * i)));
  return static_cast<int>(sum);
}

// Loads and stores with a cache hint: of any type that CUDA has them for, scalars and vectors.
template <class T>
T __ldg(const T* address) {
  return *address;
}
template <class T>
T __ldcs(const T* address) {
  return *address;
}
template <class T>
void __stcs(T* address, T value) {
  *address = value;
}

// CUDA's min and max: a mixed pair of integers of one size is compared as unsigned.
#define LUQSIM_MIN_MAX(T, A, B)                                                     \
  inline T min(A a, B b) { return std::min(static_cast<T>(a), static_cast<T>(b)); } \
  inline T max(A a, B b) { return std::max(static_cast<T>(a), static_cast<T>(b)); }
LUQSIM_MIN_MAX(int, int, int)
LUQSIM_MIN_MAX(unsigned int, unsigned int, unsigned int)
LUQSIM_MIN_MAX(unsigned int, int, unsigned int)
LUQSIM_MIN_MAX(unsigned int, unsigned int, int)
LUQSIM_MIN_MAX(long, long, long)
LUQSIM_MIN_MAX(unsigned long, unsigned long, unsigned long)
LUQSIM_MIN_MAX(unsigned long, long, unsigned long)
LUQSIM_MIN_MAX(unsigned long, unsigned long, long)
LUQSIM_MIN_MAX(long long, long long, long long)
LUQSIM_MIN_MAX(unsigned long long, unsigned long long, unsigned long long)
LUQSIM_MIN_MAX(unsigned long long, long long, unsigned long long)
LUQSIM_MIN_MAX(unsigned long long, unsigned long long, long long)
#undef LUQSIM_MIN_MAX
// The number, if one of the two is NaN.
inline float min(float a, float b) { return std::fmin(a, b); }
inline float max(float a, float b) { return std::fmax(a, b); }
inline double min(double a, double b) { return std::fmin(a, b); }
inline double max(double a, double b) { return std::fmax(a, b); }
inline double min(float a, double b) { return std::fmin(static_cast<double>(a), b); }
inline double min(double a, float b) { return std::fmin(a, static_cast<double>(b)); }
inline double max(float a, double b) { return std::fmax(static_cast<double>(a), b); }
inline double max(double a, float b) { return std::fmax(a, static_cast<double>(b)); }

[[noreturn]] inline void __trap() { luqsim::emulator::fail("__trap"); }

// CUDA's declaration specifiers for g++. Blocks run one after the other on one thread of the operating system, so that
// a static variable is shared by exactly the threads of a block.
#pragma once
#include <memory>  // before __noinline__: libstdc++ spells an attribute that way

#define LUQSIM_CUDA_EMULATED 1

#define __global__
#define __device__
#define __host__
#define __grid_constant__
#define __launch_bounds__(...)
#define __shared__ static
#define __constant__ static
#define __forceinline__ __inline__ __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __align__(n) __attribute__((aligned(n)))

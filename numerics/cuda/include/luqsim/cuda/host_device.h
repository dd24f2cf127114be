// Functions that run on both sides: in kernels, and in tests on the CPU.
#pragma once

#if defined(__CUDACC__) || defined(LUQSIM_CUDA_EMULATED)
#define LUQSIM_HOST_DEVICE __host__ __device__
#else
#define LUQSIM_HOST_DEVICE
#endif

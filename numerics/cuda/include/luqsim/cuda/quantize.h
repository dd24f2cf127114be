// The quantizers on the GPU: the same codes as luqsim/numerics/{luq,sawb}.h. Pointers are device pointers. x aligned to
// 16 bytes, codes to 4, and an even number of columns run fastest; anything else gives the same codes.
#pragma once
#include <cstdint>

#include <cuda_runtime.h>

#include "luqsim/cuda/host_device.h"
#include "luqsim/numerics/luq.h"
#include "luqsim/numerics/sawb.h"

namespace luqsim::cuda {

// What a quantizer measures and uses, on the device. Starts as zero bytes.
struct Statistics {
  float max_abs = 0;       // of |x|; infinity or NaN where x holds one
  float used_max_abs = 0;  // M: max_abs or the estimate
  float scale = 0;         // LUQ: alpha
  float inverse = 0;
  // SAWB: moments of the whole tensor.
  unsigned long long sum = 0, sum_of_squares = 0;
  // ~index of the first NaN or infinity, row-major; 0: none. A complement, so that the largest is the first.
  unsigned long long non_finite_complement = 0;
};

struct Shape {
  std::uint64_t rows = 0, cols = 0;
  LUQSIM_HOST_DEVICE std::uint64_t size() const { return rows * cols; }
};

// max_abs and non_finite_complement of x, into zeroed statistics. Order-free: an integer maximum.
void measure(cudaStream_t stream, const float* x, std::uint64_t n, Statistics* statistics);

// Sums of a GEMM that stand for the tensor RN(RN(float(sum)) * *scale): its epilogue and a quantizer in one pass.
struct ScaledSums {
  const std::int32_t* sums;
  const float* scale;
};

// Packed codes by the measured maximum. config must be valid with top_exponent < 7. After several samples the
// statistics are those of each.
void luq_codes(cudaStream_t stream, const float* x, Shape shape, const LuqConfig& config, const RandomStream& random,
               Statistics* statistics, std::uint8_t* codes);
// In one pass by a hindsight estimate, while it measures into zeroed statistics. Where x holds NaN or infinity, the
// codes have no meaning.
void luq_codes_hindsight(cudaStream_t stream, const float* x, Shape shape, const LuqConfig& config,
                         const RandomStream& random, const float* estimate, Statistics* statistics,
                         std::uint8_t* codes);
void luq_codes_hindsight(cudaStream_t stream, ScaledSums x, Shape shape, const LuqConfig& config,
                         const RandomStream& random, const float* estimate, Statistics* statistics,
                         std::uint8_t* codes);
// Levels (luq.h) instead of codes, one byte each: also for top_exponent 7.
void luq_levels(cudaStream_t stream, const float* x, std::uint64_t n, const LuqConfig& config,
                const RandomStream& random, Statistics* statistics, std::int8_t* levels);

// The next hindsight maximum (luqsim::hindsight_max_abs) from measured and used.
void next_estimate(cudaStream_t stream, const Statistics* statistics, float eta, float* estimate);

// Measures, sums moments and quantizes: three passes over x, at most 2^27 elements; into zeroed statistics.
void sawb_codes(cudaStream_t stream, const float* x, Shape shape, const SawbConfig& config, Statistics* statistics,
                std::uint8_t* codes);

// Values: RN(integer value of the code * *scale).
void dequantize(cudaStream_t stream, const std::uint8_t* codes, Format format, Shape shape, const float* scale,
                float* values);

}  // namespace luqsim::cuda

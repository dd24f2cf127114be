// The GEMM's epilogue: sums to floats.
#include "luqsim/cuda/gemm.h"

#include "eight.h"
#include "launch.h"

namespace luqsim::cuda {
namespace {

struct Factor {
  const float *scale_a, *scale_b;
  std::uint32_t samples;

  __device__ float value() const {
    const float product = *scale_a * *scale_b;
    return samples == 1 ? product : product / static_cast<float>(samples);
  }
};

template <class Sum>
__global__ void __launch_bounds__(max_block_threads)
    scale_kernel(const Sum* sums, std::uint64_t stride, Shape shape, Factor factor, float* out) {
  const float f = factor.value();
  for (std::uint64_t i = global_thread(); i < shape.size(); i += global_threads())
    out[i] = static_cast<float>(sums[i / shape.cols * stride + i % shape.cols]) * f;
}

// Four at a time: rows of sums without gaps, everything aligned to 16 bytes.
__global__ void __launch_bounds__(max_block_threads)
    scale_fours_kernel(const int4* sums, std::uint64_t fours, Factor factor, float4* out) {
  const float f = factor.value();
  for (std::uint64_t i = global_thread(); i < fours; i += global_threads()) {
    const int4 s = sums[i];
    out[i] = make_float4(static_cast<float>(s.x) * f, static_cast<float>(s.y) * f, static_cast<float>(s.z) * f,
                         static_cast<float>(s.w) * f);
  }
}

__global__ void __launch_bounds__(max_block_threads)
    add_kernel(const std::int32_t* sums, std::uint64_t n, bool first, std::int64_t* totals) {
  for (std::uint64_t i = global_thread(); i < n; i += global_threads()) totals[i] = (first ? 0 : totals[i]) + sums[i];
}

}  // namespace

void scale_sums(cudaStream_t stream, const std::int32_t* sums, std::uint64_t stride, Shape shape, const float* scale_a,
                const float* scale_b, std::uint32_t samples, float* out) {
  const Factor factor{scale_a, scale_b, samples};
  if (stride == shape.cols && shape.size() % 4 == 0 && aligned(sums, 16) && aligned(out, 16))
    launch_over(stream, shape.size() / 4, scale_fours_kernel, reinterpret_cast<const int4*>(sums), shape.size() / 4,
                factor, reinterpret_cast<float4*>(out));
  else
    launch_over(stream, shape.size(), scale_kernel<std::int32_t>, sums, stride, shape, factor, out);
}

void scale_sums(cudaStream_t stream, const std::int64_t* sums, std::uint64_t stride, Shape shape, const float* scale_a,
                const float* scale_b, std::uint32_t samples, float* out) {
  launch_over(stream, shape.size(), scale_kernel<std::int64_t>, sums, stride, shape, Factor{scale_a, scale_b, samples},
              out);
}

void add_sums(cudaStream_t stream, const std::int32_t* sums, std::uint64_t n, bool first, std::int64_t* totals) {
  launch_over(stream, n, add_kernel, sums, n, first, totals);
}

}  // namespace luqsim::cuda

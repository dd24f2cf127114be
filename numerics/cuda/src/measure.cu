#include "eight.h"
#include "reduce.h"

namespace luqsim::cuda {
namespace {

__global__ void measure_kernel(Floats x, std::uint64_t groups, std::uint64_t n, Statistics* statistics) {
  SeenMax seen;
  for (std::uint64_t g = global_thread(); g < groups; g += global_threads()) {
    float v[8];
    x.load(g, v);
    for (int i = 0; i < 8; ++i) seen.see(v[i], 8 * g + i);
  }
  for (std::uint64_t i = 8 * groups + global_thread(); i < n; i += global_threads()) seen.see(x.at(i), i);
  merge_max(seen, statistics);
}

__global__ void next_estimate_kernel(const Statistics* statistics, float eta, float* estimate) {
  const float now = (1.0F - eta) * statistics->max_abs, before = eta * statistics->used_max_abs;
  *estimate = now + before;
}

}  // namespace

void measure(cudaStream_t stream, const float* x, std::uint64_t n, Statistics* statistics) {
  if (n == 0) return;
  const std::uint64_t groups = aligned(x, 16) ? n / 8 : 0;
  launch_over(stream, groups > 0 ? groups : n, measure_kernel, Floats{x}, groups, n, statistics);
}

void next_estimate(cudaStream_t stream, const Statistics* statistics, float eta, float* estimate) {
  launch(stream, 1, 1, next_estimate_kernel, statistics, eta, estimate);
}

}  // namespace luqsim::cuda

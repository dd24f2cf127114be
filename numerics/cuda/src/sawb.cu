// SAWB: purpose and contract in quantize.h.
#include <stdexcept>
#include <string>

#include "elements/codes.h"
#include "elements/sawb.h"
#include "quantize_kernels.h"

namespace luqsim::cuda {
namespace {

constexpr std::uint64_t max_sawb_elements = std::uint64_t{1} << 27;

__global__ void __launch_bounds__(max_block_threads)
    moments_kernel(Floats x, std::uint64_t groups, std::uint64_t n, Statistics* statistics) {
  const float max_abs = statistics->max_abs;
  if (!quantizable(max_abs)) return;
  unsigned long long sum = 0, sum_of_squares = 0;
  const auto add = [&](float v) {
    const std::uint64_t moment = sawb_moment(v, max_abs);
    sum += moment;
    sum_of_squares += moment * moment;
  };
  for (std::uint64_t g = global_thread(); g < groups; g += global_threads()) {
    float v[8];
    x.load(g, v);
    for (int i = 0; i < 8; ++i) add(v[i]);
  }
  for (std::uint64_t i = 8 * groups + global_thread(); i < n; i += global_threads()) add(x.at(i));
  merge_sum(sum, &statistics->sum);
  merge_sum(sum_of_squares, &statistics->sum_of_squares);
}

struct NoRandom {};

struct SawbQuantizer {
  double c1, c2, count;
  float low, high;
  Statistics* statistics;

  __device__ float prepare() const {
    const float max_abs = statistics->max_abs;
    const float scale =
        sawb_scale_of(statistics->sum, statistics->sum_of_squares, count, max_abs, c1, c2, static_cast<double>(high));
    const float inverse = scale == 0.0F ? 0.0F : 1.0F / scale;
    if (blockIdx.x == 0) {
      statistics->used_max_abs = max_abs;
      statistics->scale = scale;
      statistics->inverse = inverse;
    }
    return inverse;
  }

  __device__ NoRandom random(std::uint64_t) const { return {}; }

  __device__ std::uint32_t code(float x, float inverse, NoRandom, unsigned) const {
    return inverse == 0.0F ? 0 : code_of_level<false>(sawb_level(x, inverse, low, high));
  }
};

}  // namespace

void sawb_codes(cudaStream_t stream, const float* x, Shape shape, const SawbConfig& config, Statistics* statistics,
                std::uint8_t* codes) {
  const std::uint64_t n = shape.size();
  if (n > max_sawb_elements)
    throw std::length_error("sawb: " + std::to_string(n) + " elements; exact moments hold at most 2^27");
  if (config.format != Format::int4 && config.format != Format::uint4)
    throw std::invalid_argument("sawb format: " + std::string(name_of(config.format)) + "; wanted int4 or uint4");
  const bool is_signed = config.format == Format::int4;
  const float high = is_signed ? 7.0F : 15.0F;
  measure(stream, x, n, statistics);
  const Floats source{x};
  const std::uint64_t groups = source.loads_vectors() ? n / 8 : 0;
  launch_over(stream, groups > 0 ? groups : n, moments_kernel, source, groups, n, statistics);
  launch_codes<false>(
      stream, SawbQuantizer{config.c1, config.c2, static_cast<double>(n), is_signed ? -high : 0.0F, high, statistics},
      source, shape, codes);
}

}  // namespace luqsim::cuda

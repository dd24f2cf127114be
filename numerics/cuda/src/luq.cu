// LUQ: purpose and contract in quantize.h.
#include <stdexcept>

#include "elements/codes.h"
#include "elements/luq.h"
#include "elements/philox.h"
#include "quantize_kernels.h"

namespace luqsim::cuda {
namespace {

struct LuqLaunch {
  LuqConstants constants;
  PhiloxStream stream;
  Alpha alpha;
  int top_exponent;
  const float* max_abs;  // M
  Statistics* statistics;
};

template <Rounding rounding>
struct LuqQuantizer : LuqLaunch {
  __device__ float prepare() const {
    const float used = *max_abs;
    const LuqScaleOnDevice scale = luq_scale_of(used, rounding, alpha, top_exponent);
    if (blockIdx.x == 0) {
      statistics->used_max_abs = used;
      statistics->scale = scale.alpha;
      statistics->inverse = scale.inverse;
    }
    return scale.inverse;
  }

  __device__ PhiloxWords random(std::uint64_t group) const {
    if constexpr (rounding == Rounding::rdnp) return {};
    return philox_block(stream, group);
  }

  // With inverse 0 every r is 0, which the largest random number would still round up.
  __device__ std::int32_t level(float x, float inverse, const PhiloxWords& random, unsigned i) const {
    return inverse == 0.0F ? 0 : luq_level<rounding>(x, inverse, luq_random(random.lane(i), constants), constants);
  }

  __device__ std::uint32_t code(float x, float inverse, const PhiloxWords& random, unsigned i) const {
    return code_of_level<rounding != Rounding::int4_sr>(level(x, inverse, random, i));
  }
};

template <Rounding rounding>
__global__ void __launch_bounds__(max_block_threads)
    levels_kernel(LuqQuantizer<rounding> quantizer, Floats x, std::uint64_t n, std::int8_t* levels) {
  const float inverse = block_inverse(quantizer);
  for (std::uint64_t i = global_thread(); i < n; i += global_threads())
    levels[i] = static_cast<std::int8_t>(quantizer.level(x.at(i), inverse, quantizer.random(i / 8), i % 8));
}

// Calls f with the quantizer of a configuration.
template <class F>
void with_quantizer(const LuqConfig& c, const RandomStream& random, const float* max_abs, Statistics* statistics, F f) {
  const LuqLaunch p{luq_constants(c), philox_stream(random, c.reuse), c.alpha, c.top_exponent, max_abs, statistics};
  switch (c.rounding) {
    case Rounding::luq:
      return f(LuqQuantizer<Rounding::luq>{p});
    case Rounding::rdnp:
      return f(LuqQuantizer<Rounding::rdnp>{p});
    case Rounding::rdnp_su:
      return f(LuqQuantizer<Rounding::rdnp_su>{p});
    case Rounding::sr:
      return f(LuqQuantizer<Rounding::sr>{p});
    case Rounding::int4_sr:
      return f(LuqQuantizer<Rounding::int4_sr>{p});
  }
  throw std::invalid_argument("luq: no such rounding");
}

}  // namespace

void luq_codes(cudaStream_t stream, const float* x, Shape shape, const LuqConfig& config, const RandomStream& random,
               Statistics* statistics, std::uint8_t* codes) {
  with_quantizer(config, random, &statistics->max_abs, statistics,
                 [&](const auto& quantizer) { launch_codes<false>(stream, quantizer, Floats{x}, shape, codes); });
}

void luq_codes_hindsight(cudaStream_t stream, const float* x, Shape shape, const LuqConfig& config,
                         const RandomStream& random, const float* estimate, Statistics* statistics,
                         std::uint8_t* codes) {
  with_quantizer(config, random, estimate, statistics,
                 [&](const auto& quantizer) { launch_codes<true>(stream, quantizer, Floats{x}, shape, codes); });
}

void luq_codes_hindsight(cudaStream_t stream, ScaledSums x, Shape shape, const LuqConfig& config,
                         const RandomStream& random, const float* estimate, Statistics* statistics,
                         std::uint8_t* codes) {
  with_quantizer(config, random, estimate, statistics, [&](const auto& quantizer) {
    launch_codes<true>(stream, quantizer, Sums{x.sums, x.scale}, shape, codes);
  });
}

void luq_levels(cudaStream_t stream, const float* x, std::uint64_t n, const LuqConfig& config,
                const RandomStream& random, Statistics* statistics, std::int8_t* levels) {
  with_quantizer(config, random, &statistics->max_abs, statistics,
                 [&]<Rounding rounding>(const LuqQuantizer<rounding>& quantizer) {
                   launch_over(stream, n, levels_kernel<rounding>, quantizer, Floats{x}, n, levels);
                 });
}

}  // namespace luqsim::cuda

#include "luqsim/numerics/gemm.h"

#include <algorithm>
#include <stdexcept>
#include <string>

#ifdef LUQSIM_ONEDNN
#include <dnnl.h>
#endif

namespace luqsim {
namespace {

void check_shapes(const Int8Matrix& a, const Int8Matrix& b, std::size_t c_size) {
  if (a.cols != b.rows || c_size != a.rows * b.cols)
    throw std::invalid_argument("gemm: A is " + std::to_string(a.rows) + " x " + std::to_string(a.cols) + ", B " +
                                std::to_string(b.rows) + " x " + std::to_string(b.cols) + ", C holds " +
                                std::to_string(c_size));
  if (a.cols >= max_exact_k)
    throw std::invalid_argument("gemm: K is " + std::to_string(a.cols) + "; an int32 sum is exact only below 2^21");
}

}  // namespace

void gemm_s8s8s32_loops(const Int8Matrix& a, const Int8Matrix& b, std::span<std::int32_t> c, Accumulate accumulate) {
  check_shapes(a, b, c.size());
  if (accumulate == Accumulate::overwrite) std::fill(c.begin(), c.end(), 0);
  const auto at = [](const Int8Matrix& m, std::size_t i, std::size_t j) {
    return std::int32_t{m.transposed ? m.data[j * m.stride + i] : m.data[i * m.stride + j]};
  };
  for (std::size_t i = 0; i < a.rows; ++i)
    for (std::size_t k = 0; k < a.cols; ++k)
      for (std::size_t j = 0; j < b.cols; ++j) c[i * b.cols + j] += at(a, i, k) * at(b, k, j);
}

void gemm_s8s8s32(const Int8Matrix& a, const Int8Matrix& b, std::span<std::int32_t> c, Accumulate accumulate) {
#ifdef LUQSIM_ONEDNN
  check_shapes(a, b, c.size());
  if (c.empty() || a.cols == 0) return gemm_s8s8s32_loops(a, b, c, accumulate);
  const auto dim = [](std::size_t n) { return static_cast<dnnl_dim_t>(n); };
  const std::int32_t no_offset = 0;
  const dnnl_status_t status =
      dnnl_gemm_s8s8s32(a.transposed ? 'T' : 'N', b.transposed ? 'T' : 'N', 'F', dim(a.rows), dim(b.cols), dim(a.cols),
                        1.0F, a.data, dim(a.stride), 0, b.data, dim(b.stride), 0,
                        accumulate == Accumulate::add ? 1.0F : 0.0F, c.data(), dim(b.cols), &no_offset);
  if (status != dnnl_success)
    throw std::runtime_error("oneDNN gemm_s8s8s32 failed with status " + std::to_string(status));
#else
  gemm_s8s8s32_loops(a, b, c, accumulate);
#endif
}

float output_scale(float scale_a, float scale_b, std::uint32_t samples) {
  const float product = scale_a * scale_b;
  return samples == 1 ? product : product / static_cast<float>(samples);
}

void scale_output(std::span<const std::int32_t> acc, float scale, std::span<float> out) {
  for (std::size_t i = 0; i < acc.size(); ++i) out[i] = static_cast<float>(acc[i]) * scale;
}

void scale_output(std::span<const std::int64_t> acc, float scale, std::span<float> out) {
  for (std::size_t i = 0; i < acc.size(); ++i) out[i] = static_cast<float>(acc[i]) * scale;
}

}  // namespace luqsim

// Exact INT8 GEMM by cuBLASLt's tensor-core kernels (IMMA, layout TN).
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>

#include <cublasLt.h>

#include "luqsim/cuda/device.h"

namespace luqsim::cuda {

class Int8Gemm {
 public:
  explicit Int8Gemm(cudaStream_t stream);
  ~Int8Gemm();
  Int8Gemm(const Int8Gemm&) = delete;
  Int8Gemm& operator=(const Int8Gemm&) = delete;

  // sums[m][n] = a[m][k] * transposed(b[n][k]); m, n and k multiples of gemm_padding, everything 16-byte aligned. Exact
  // for |a b| <= 960 and k < 2^21. Returns the algorithm that cuBLASLt chose for this shape. Throws CudaError.
  std::string_view run(const std::int8_t* a, const std::int8_t* b, std::int32_t* sums, std::uint64_t m, std::uint64_t n,
                       std::uint64_t k);

 private:
  struct Plan;
  const Plan& plan(std::uint64_t m, std::uint64_t n, std::uint64_t k);

  cudaStream_t stream_;
  cublasLtHandle_t handle_ = nullptr;
  DeviceArray<std::uint8_t> workspace_;
  std::map<std::tuple<std::uint64_t, std::uint64_t, std::uint64_t>, Plan> plans_;
};

// "13.0.2"
std::string cublaslt_version();

}  // namespace luqsim::cuda

#include "luqsim/cuda/int8_gemm.h"

#include <cstdint>

namespace luqsim::cuda {
namespace {

constexpr std::size_t workspace_bytes = std::size_t{32} << 20;

void check(cublasStatus_t status, const char* what) {
  if (status != CUBLAS_STATUS_SUCCESS)
    throw CudaError(std::string(what) + ": " + cublasLtGetStatusString(status) + " (cuBLASLt status " +
                    std::to_string(static_cast<int>(status)) + ")");
}

// A cuBLASLt object that is destroyed by its own function.
template <class Handle, cublasStatus_t (*destroy)(Handle)>
struct Owned {
  Handle handle = nullptr;

  Owned() = default;
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  ~Owned() {
    if (handle != nullptr) static_cast<void>(destroy(handle));
  }
};

std::string algorithm_name(const cublasLtMatmulAlgo_t& algorithm) {
  const auto attribute = [&](cublasLtMatmulAlgoConfigAttributes_t which) {
    std::int32_t value = 0;
    std::size_t written = 0;
    check(cublasLtMatmulAlgoConfigGetAttribute(&algorithm, which, &value, sizeof value, &written),
          "cublasLtMatmulAlgoConfigGetAttribute");
    return std::to_string(value);
  };
  return "cuBLASLt s8s8s32 TN, algorithm " + attribute(CUBLASLT_ALGO_CONFIG_ID) + ", tile " +
         attribute(CUBLASLT_ALGO_CONFIG_TILE_ID) + ", stages " + attribute(CUBLASLT_ALGO_CONFIG_STAGES_ID) +
         ", split-k " + attribute(CUBLASLT_ALGO_CONFIG_SPLITK_NUM);
}

}  // namespace

// cuBLASLt is column-major: row-major sums[m][n] are its n x m matrix transposed(B) A, where b[n][k] is a k x n matrix
// to transpose and a[m][k] a k x m matrix to take as it is: "TN".
struct Int8Gemm::Plan {
  Owned<cublasLtMatmulDesc_t, cublasLtMatmulDescDestroy> operation;
  Owned<cublasLtMatrixLayout_t, cublasLtMatrixLayoutDestroy> b, a, sums;
  cublasLtMatmulAlgo_t algorithm{};
  std::string name;
};

Int8Gemm::Int8Gemm(cudaStream_t stream) : stream_(stream), workspace_(stream, workspace_bytes) {
  check(cublasLtCreate(&handle_), "cublasLtCreate");
}

Int8Gemm::~Int8Gemm() {
  plans_.clear();
  static_cast<void>(cublasLtDestroy(handle_));
}

const Int8Gemm::Plan& Int8Gemm::plan(std::uint64_t m, std::uint64_t n, std::uint64_t k) {
  const auto [found, is_new] = plans_.try_emplace({m, n, k});
  Plan& p = found->second;
  if (!is_new) return p;
  try {
    check(cublasLtMatmulDescCreate(&p.operation.handle, CUBLAS_COMPUTE_32I, CUDA_R_32I), "cublasLtMatmulDescCreate");
    const cublasOperation_t transposed = CUBLAS_OP_T;
    check(
        cublasLtMatmulDescSetAttribute(p.operation.handle, CUBLASLT_MATMUL_DESC_TRANSA, &transposed, sizeof transposed),
        "cublasLtMatmulDescSetAttribute");
    const auto layout = [](cublasLtMatrixLayout_t& handle, cudaDataType type, std::uint64_t rows, std::uint64_t cols) {
      check(cublasLtMatrixLayoutCreate(&handle, type, rows, cols, static_cast<std::int64_t>(rows)),
            "cublasLtMatrixLayoutCreate");
    };
    layout(p.b.handle, CUDA_R_8I, k, n);
    layout(p.a.handle, CUDA_R_8I, k, m);
    layout(p.sums.handle, CUDA_R_32I, n, m);

    Owned<cublasLtMatmulPreference_t, cublasLtMatmulPreferenceDestroy> preference;
    check(cublasLtMatmulPreferenceCreate(&preference.handle), "cublasLtMatmulPreferenceCreate");
    check(cublasLtMatmulPreferenceSetAttribute(preference.handle, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES,
                                               &workspace_bytes, sizeof workspace_bytes),
          "cublasLtMatmulPreferenceSetAttribute");
    cublasLtMatmulHeuristicResult_t result{};
    int results = 0;
    const cublasStatus_t status =
        cublasLtMatmulAlgoGetHeuristic(handle_, p.operation.handle, p.b.handle, p.a.handle, p.sums.handle,
                                       p.sums.handle, preference.handle, 1, &result, &results);
    if (status != CUBLAS_STATUS_SUCCESS || results == 0)
      throw CudaError("cuBLASLt has no s8s8s32 algorithm for M = " + std::to_string(m) + ", N = " + std::to_string(n) +
                      ", K = " + std::to_string(k) + ": " + cublasLtGetStatusString(status));
    p.algorithm = result.algo;
    p.name = algorithm_name(p.algorithm);
  } catch (...) {
    plans_.erase(found);
    throw;
  }
  return p;
}

std::string_view Int8Gemm::run(const std::int8_t* a, const std::int8_t* b, std::int32_t* sums, std::uint64_t m,
                               std::uint64_t n, std::uint64_t k) {
  const Plan& p = plan(m, n, k);
  const std::int32_t one = 1, zero = 0;
  check(cublasLtMatmul(handle_, p.operation.handle, &one, b, p.b.handle, a, p.a.handle, &zero, sums, p.sums.handle,
                       sums, p.sums.handle, &p.algorithm, workspace_.data(), workspace_bytes, stream_),
        "cublasLtMatmul");
  return p.name;
}

std::string cublaslt_version() {
  const std::size_t version = cublasLtGetVersion();
  return std::to_string(version / 10000) + "." + std::to_string(version / 100 % 100) + "." +
         std::to_string(version % 100);
}

}  // namespace luqsim::cuda

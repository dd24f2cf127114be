// The INT8 products of cuBLASLt as their descriptors say, and its refusals.
#include "emulator_fixture.h"

namespace luqsim::emulator::test {
namespace {

struct Gemm {
  std::uint64_t m = 24, n = 10, k = 36;
  std::int64_t lda = 48, ldb = 64, ldc = 32;
  std::int32_t batches = 1, alpha = 1, beta = 0;
  cublasOperation_t transpose_a = CUBLAS_OP_T, transpose_b = CUBLAS_OP_N;
  std::int32_t order_d = CUBLASLT_ORDER_COL;
  std::size_t offset_a = 0, workspace = 256;
  bool wide_values = false;
};

class CublasLt : public Emulator {
 protected:
  void SetUp() override {
    Emulator::SetUp();
    ASSERT_EQ(cublasLtCreate(&handle_), CUBLAS_STATUS_SUCCESS);
  }
  void TearDown() override {
    cublasLtDestroy(handle_);
    Emulator::TearDown();
  }

  cublasLtMatrixLayout_t layout(cudaDataType type, std::uint64_t rows, std::uint64_t cols, std::int64_t ld,
                                std::int32_t batches) {
    cublasLtMatrixLayout_t made = nullptr;
    cublasLtMatrixLayoutCreate(&made, type, rows, cols, ld);
    const std::int64_t stride = ld * static_cast<std::int64_t>(cols);
    cublasLtMatrixLayoutSetAttribute(made, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, &batches, sizeof batches);
    cublasLtMatrixLayoutSetAttribute(made, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, &stride, sizeof stride);
    return made;
  }

  // Runs it against a triple loop; returns the status of the heuristic, or of the product if that is not the same.
  cublasStatus_t run(const Gemm& g) {
    const auto count = static_cast<std::size_t>(g.batches);
    const auto lda = static_cast<std::size_t>(g.lda), ldb = static_cast<std::size_t>(g.ldb),
               ldc = static_cast<std::size_t>(g.ldc);
    std::mt19937 random(7);
    // Room behind the last column, which the refused shapes need.
    std::vector<std::int8_t> a(count * g.m * lda + 64), b(count * g.n * ldb + 64);
    std::vector<std::int32_t> c(count * g.n * ldc);
    for (auto& v : a) v = static_cast<std::int8_t>(g.wide_values ? 127 : static_cast<int>(random() % 256) - 128);
    for (auto& v : b) v = static_cast<std::int8_t>(g.wide_values ? 127 : static_cast<int>(random() % 256) - 128);
    for (auto& v : c) v = static_cast<std::int32_t>(random() % 1000) - 500;
    std::vector<std::int32_t> expected = c;
    for (std::size_t s = 0; s < count; ++s)
      for (std::size_t i = 0; i < g.m; ++i)
        for (std::size_t j = 0; j < g.n; ++j) {
          std::int32_t sum = 0;
          if (!g.wide_values)
            for (std::size_t l = 0; l < g.k; ++l) sum += a[(s * g.m + i) * lda + l] * b[(s * g.n + j) * ldb + l];
          std::int32_t& d = expected[(s * g.n + j) * ldc + i];
          d = g.alpha * sum + g.beta * d;
        }

    a.insert(a.begin(), g.offset_a, 0);
    const DeviceArray<std::int8_t> device_a(a), device_b(b), workspace(256);
    const DeviceArray<std::int32_t> device_c(c);
    cublasLtMatmulDesc_t description = nullptr;
    cublasLtMatmulDescCreate(&description, CUBLAS_COMPUTE_32I, CUDA_R_32I);
    cublasLtMatmulDescSetAttribute(description, CUBLASLT_MATMUL_DESC_TRANSA, &g.transpose_a, sizeof g.transpose_a);
    cublasLtMatmulDescSetAttribute(description, CUBLASLT_MATMUL_DESC_TRANSB, &g.transpose_b, sizeof g.transpose_b);
    cublasLtMatrixLayout_t la = layout(CUDA_R_8I, g.k, g.m, g.lda, g.batches),
                           lb = layout(CUDA_R_8I, g.k, g.n, g.ldb, g.batches),
                           lc = layout(CUDA_R_32I, g.m, g.n, g.ldc, g.batches);
    cublasLtMatrixLayoutSetAttribute(lc, CUBLASLT_MATRIX_LAYOUT_ORDER, &g.order_d, sizeof g.order_d);
    cublasLtMatmulPreference_t preference = nullptr;
    cublasLtMatmulPreferenceCreate(&preference);
    const std::uint64_t most = 1 << 20;
    cublasLtMatmulPreferenceSetAttribute(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, &most, sizeof most);
    cublasLtMatmulHeuristicResult_t result{};
    int found = 0;
    cublasStatus_t status =
        cublasLtMatmulAlgoGetHeuristic(handle_, description, la, lb, lc, lc, preference, 1, &result, &found);
    EXPECT_EQ(found, status == CUBLAS_STATUS_SUCCESS ? 1 : 0);
    const cublasStatus_t product =
        cublasLtMatmul(handle_, description, &g.alpha, device_a.get() + g.offset_a, la, device_b.get(), lb, &g.beta,
                       device_c.get(), lc, device_c.get(), lc, &result.algo, workspace.get(), g.workspace, first_);
    if (status == CUBLAS_STATUS_SUCCESS) status = product;
    cublasLtMatmulPreferenceDestroy(preference);
    cublasLtMatmulDescDestroy(description);
    for (const auto made : {la, lb, lc}) cublasLtMatrixLayoutDestroy(made);
    if (status != CUBLAS_STATUS_SUCCESS) {
      EXPECT_EQ(device_c.values(), c);
      return status;
    }
    cudaStreamSynchronize(first_);
    EXPECT_EQ(device_c.values(), expected);
    return status;
  }

  cublasLtHandle_t handle_ = nullptr;
};

TEST_F(CublasLt, MultipliesAsDescribed) {
  EXPECT_EQ(run({}), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(run({.alpha = -3, .beta = 2}), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(run({.m = 4, .n = 1, .k = 4, .lda = 16, .ldb = 16, .ldc = 4}), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(run({.batches = 3, .beta = 1}), CUBLAS_STATUS_SUCCESS);
}

TEST_F(CublasLt, RefusesWhatTheLibraryHasNoKernelFor) {
  EXPECT_EQ(run({.m = 25}), CUBLAS_STATUS_NOT_SUPPORTED);
  EXPECT_EQ(run({.k = 35}), CUBLAS_STATUS_NOT_SUPPORTED);
  EXPECT_EQ(run({.lda = 40}), CUBLAS_STATUS_NOT_SUPPORTED);
  EXPECT_EQ(run({.ldc = 30}), CUBLAS_STATUS_NOT_SUPPORTED);
  EXPECT_EQ(run({.transpose_a = CUBLAS_OP_N}), CUBLAS_STATUS_NOT_SUPPORTED);
  EXPECT_EQ(run({.transpose_b = CUBLAS_OP_T}), CUBLAS_STATUS_NOT_SUPPORTED);
  EXPECT_EQ(run({.order_d = CUBLASLT_ORDER_ROW}), CUBLAS_STATUS_NOT_SUPPORTED);
  EXPECT_EQ(run({.offset_a = 4}), CUBLAS_STATUS_NOT_SUPPORTED);
  EXPECT_EQ(run({.workspace = 255}), CUBLAS_STATUS_INVALID_VALUE);
  EXPECT_EQ(run({.lda = 32}), CUBLAS_STATUS_INVALID_VALUE) << "columns overlap";
}

TEST_F(CublasLt, ResultsBeyondInt32AreErrors) {
  EXPECT_THROW(run({.m = 4, .n = 1, .k = 160000, .lda = 160000, .ldb = 160000, .ldc = 4, .wide_values = true}),
               KernelError);
}

}  // namespace
}  // namespace luqsim::emulator::test

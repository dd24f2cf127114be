// The matrix product of the emulated cuBLASLt.
#include <algorithm>
#include <cstring>
#include <limits>
#include <string>

#include "call.h"
#include "cublaslt_types.h"
#include "device_memory.h"
#include "luqsim_emulator/control.h"

namespace luqsim::emulator {
namespace {

using Layout = cublasLtMatrixLayoutOpaque_t;

constexpr std::size_t needed_workspace = 256, alignment = 16;

std::size_t element_size(const Layout& layout) { return layout.type == CUDA_R_8I ? 1 : 4; }

bool is_aligned(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer) % alignment == 0; }

// Column-major, of the type, and every column of every batch starts at a multiple of 16 bytes.
bool is_supported(const Layout& layout, cudaDataType type) {
  const auto unit = static_cast<std::int64_t>(alignment / element_size(layout));
  return layout.type == type && layout.order == CUBLASLT_ORDER_COL && layout.ld % unit == 0 &&
         layout.batch_stride % unit == 0;
}

bool is_possible(const Layout& layout) {
  return layout.rows > 0 && layout.cols > 0 && layout.ld >= static_cast<std::int64_t>(layout.rows) &&
         layout.batches > 0 && layout.batch_stride >= 0;
}

bool same_shape(const Layout& a, const Layout& b) {
  return a.rows == b.rows && a.cols == b.cols && a.ld == b.ld && a.order == b.order;
}

// The library's answer to a description and four layouts. With A transposed, A is k x m, B k x n, C and D m x n.
cublasStatus_t check_problem(const cublasLtMatmulDescOpaque_t& description, const Layout& a, const Layout& b,
                             const Layout& c, const Layout& d) {
  if (!is_possible(a) || !is_possible(b) || !is_possible(c) || !is_possible(d)) return CUBLAS_STATUS_INVALID_VALUE;
  if (description.compute != CUBLAS_COMPUTE_32I && description.compute != CUBLAS_COMPUTE_32I_PEDANTIC)
    return CUBLAS_STATUS_NOT_SUPPORTED;
  if (description.scale != CUDA_R_32I || description.pointer_mode != CUBLASLT_POINTER_MODE_HOST ||
      description.epilogue != CUBLASLT_EPILOGUE_DEFAULT)
    return CUBLAS_STATUS_NOT_SUPPORTED;
  if (description.transpose_a != CUBLAS_OP_T || description.transpose_b != CUBLAS_OP_N)
    return CUBLAS_STATUS_NOT_SUPPORTED;
  if (!is_supported(a, CUDA_R_8I) || !is_supported(b, CUDA_R_8I) || !is_supported(c, CUDA_R_32I) ||
      !is_supported(d, CUDA_R_32I))
    return CUBLAS_STATUS_NOT_SUPPORTED;
  if (a.rows != b.rows || a.cols != d.rows || b.cols != d.cols || !same_shape(c, d)) return CUBLAS_STATUS_INVALID_VALUE;
  if (a.batches != d.batches || b.batches != d.batches || c.batches != d.batches) return CUBLAS_STATUS_INVALID_VALUE;
  return a.rows % 4 == 0 && a.cols % 4 == 0 ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_NOT_SUPPORTED;
}

std::size_t extent_in_bytes(const Layout& layout) {
  const std::int64_t elements = (layout.batches - 1) * layout.batch_stride +
                                static_cast<std::int64_t>(layout.cols - 1) * layout.ld +
                                static_cast<std::int64_t>(layout.rows);
  return static_cast<std::size_t>(elements) * element_size(layout);
}

std::int64_t dot(const std::int8_t* a, const std::int8_t* b, std::uint64_t n) {
  constexpr std::uint64_t block = 65536;  // sums of so many products fit into int32
  std::int64_t sum = 0;
  for (std::uint64_t i = 0; i < n; i += block) {
    std::int32_t part = 0;
    for (std::uint64_t j = i; j < std::min(n, i + block); ++j) part += a[j] * b[j];
    sum += part;
  }
  return sum;
}

struct Product {
  Layout a_layout, b_layout, c_layout, d_layout;
  std::int32_t alpha, beta;
  const std::int8_t *a, *b;
  const std::int32_t* c;
  std::int32_t* d;
  void* workspace;

  void run() const {
    const DeviceMemory& memory = DeviceMemory::instance();
    memory.require_live(a, extent_in_bytes(a_layout), "cublasLtMatmul, A");
    memory.require_live(b, extent_in_bytes(b_layout), "cublasLtMatmul, B");
    if (beta != 0) memory.require_live(c, extent_in_bytes(c_layout), "cublasLtMatmul, C");
    memory.require_live(d, extent_in_bytes(d_layout), "cublasLtMatmul, D");
    memory.require_live(workspace, needed_workspace, "cublasLtMatmul, workspace");
    std::memset(workspace, 0xAA, needed_workspace);  // a workspace that is in use elsewhere shows
    for (std::int32_t batch = 0; batch < d_layout.batches; ++batch)
      for (std::uint64_t col = 0; col < d_layout.cols; ++col)
        for (std::uint64_t row = 0; row < d_layout.rows; ++row) run_element(batch, row, col);
  }

 private:
  static std::int64_t index(const Layout& layout, std::int32_t batch, std::uint64_t row, std::uint64_t col) {
    return batch * layout.batch_stride + static_cast<std::int64_t>(col) * layout.ld + static_cast<std::int64_t>(row);
  }

  void run_element(std::int32_t batch, std::uint64_t row, std::uint64_t col) const {
    const std::int64_t sum = dot(a + index(a_layout, batch, 0, row), b + index(b_layout, batch, 0, col), a_layout.rows);
    std::int64_t result = alpha * sum;
    if (beta != 0) result += std::int64_t{beta} * c[index(c_layout, batch, row, col)];
    using Limits = std::numeric_limits<std::int32_t>;
    if (std::max(sum, result) > Limits::max() || std::min(sum, result) < Limits::min())
      throw KernelError("cublasLtMatmul: row " + std::to_string(row) + ", column " + std::to_string(col) +
                        " does not fit into int32");
    d[index(d_layout, batch, row, col)] = static_cast<std::int32_t>(result);
  }
};

}  // namespace
}  // namespace luqsim::emulator

using luqsim::emulator::Call;

cublasStatus_t cublasLtMatmulAlgoGetHeuristic(cublasLtHandle_t handle, cublasLtMatmulDesc_t description,
                                              cublasLtMatrixLayout_t a, cublasLtMatrixLayout_t b,
                                              cublasLtMatrixLayout_t c, cublasLtMatrixLayout_t d,
                                              cublasLtMatmulPreference_t preference, int requested,
                                              cublasLtMatmulHeuristicResult_t results[], int* returned) {
  using namespace luqsim::emulator;
  if (handle == nullptr) return CUBLAS_STATUS_NOT_INITIALIZED;
  if (description == nullptr || a == nullptr || b == nullptr || c == nullptr || d == nullptr || preference == nullptr ||
      requested < 1 || results == nullptr || returned == nullptr)
    return CUBLAS_STATUS_INVALID_VALUE;
  *returned = 0;
  const cublasStatus_t status = check_problem(*description, *a, *b, *c, *d);
  if (status != CUBLAS_STATUS_SUCCESS) return status;
  const bool aligned = std::ranges::all_of(preference->alignment, [](auto bytes) { return bytes >= alignment; });
  if (!aligned || preference->workspace < needed_workspace) return CUBLAS_STATUS_NOT_SUPPORTED;
  results[0] = {.algo = {}, .workspaceSize = needed_workspace, .state = CUBLAS_STATUS_SUCCESS, .wavesCount = 1};
  *returned = 1;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulAlgoConfigGetAttribute(const cublasLtMatmulAlgo_t* algorithm,
                                                    cublasLtMatmulAlgoConfigAttributes_t attribute, void* value,
                                                    std::size_t size, std::size_t* written) {
  // Two attributes are 16 bits wide in the library, the others 32.
  const std::size_t width = attribute >= CUBLASLT_ALGO_CONFIG_INNER_SHAPE_ID ? 2 : 4;
  if (algorithm == nullptr || (size == 0 && written == nullptr)) return CUBLAS_STATUS_INVALID_VALUE;
  if (written != nullptr) *written = width;
  if (size == 0) return CUBLAS_STATUS_SUCCESS;
  if (value == nullptr || size < width) return CUBLAS_STATUS_INVALID_VALUE;
  std::memset(value, 0, width);
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmul(cublasLtHandle_t handle, cublasLtMatmulDesc_t description, const void* alpha,
                              const void* a, cublasLtMatrixLayout_t a_layout, const void* b,
                              cublasLtMatrixLayout_t b_layout, const void* beta, const void* c,
                              cublasLtMatrixLayout_t c_layout, void* d, cublasLtMatrixLayout_t d_layout,
                              const cublasLtMatmulAlgo_t* algorithm, void* workspace, std::size_t workspace_size,
                              cudaStream_t stream) {
  using namespace luqsim::emulator;
  if (handle == nullptr) return CUBLAS_STATUS_NOT_INITIALIZED;
  if (description == nullptr || a_layout == nullptr || b_layout == nullptr || c_layout == nullptr ||
      d_layout == nullptr || alpha == nullptr || beta == nullptr || a == nullptr || b == nullptr || c == nullptr ||
      d == nullptr || algorithm == nullptr)
    return CUBLAS_STATUS_INVALID_VALUE;
  const cublasStatus_t status = check_problem(*description, *a_layout, *b_layout, *c_layout, *d_layout);
  if (status != CUBLAS_STATUS_SUCCESS) return status;
  if (!is_aligned(a) || !is_aligned(b) || !is_aligned(c) || !is_aligned(d)) return CUBLAS_STATUS_NOT_SUPPORTED;
  if (workspace == nullptr || !is_aligned(workspace) || workspace_size < needed_workspace)
    return CUBLAS_STATUS_INVALID_VALUE;
  Product product{.a_layout = *a_layout,
                  .b_layout = *b_layout,
                  .c_layout = *c_layout,
                  .d_layout = *d_layout,
                  .alpha = 0,
                  .beta = 0,
                  .a = static_cast<const std::int8_t*>(a),
                  .b = static_cast<const std::int8_t*>(b),
                  .c = static_cast<const std::int32_t*>(c),
                  .d = static_cast<std::int32_t*>(d),
                  .workspace = workspace};
  std::memcpy(&product.alpha, alpha, sizeof product.alpha);
  std::memcpy(&product.beta, beta, sizeof product.beta);
  const Call call;
  if (!call.permitted()) return CUBLAS_STATUS_EXECUTION_FAILED;
  CUstream_st* found = call.streams().find_stream(stream);
  if (found == nullptr) return CUBLAS_STATUS_INVALID_VALUE;
  call.streams().enqueue(*found, [product] { product.run(); });
  return CUBLAS_STATUS_SUCCESS;
}

// A whole 4-bit GEMM: packed codes in, floats out, exact sums between.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "luqsim/cuda/gemm.h"
#include "luqsim/cuda/int8_gemm.h"

namespace luqsim::cuda {

// An operand as it is stored; device pointers.
struct PackedOperand {
  Format format = Format::int4;
  Shape stored;
  std::span<const std::uint8_t* const> codes;  // one a sample
  const float* scale = nullptr;
  bool transposed = false;         // the GEMM sees the stored tensor, or its matrix of patches, transposed
  std::optional<Patches> patches;  // the GEMM sees the patches of the stored tensor
};

class PackedGemm {
 public:
  explicit PackedGemm(cudaStream_t stream);
  ~PackedGemm();
  PackedGemm(const PackedGemm&) = delete;
  PackedGemm& operator=(const PackedGemm&) = delete;

  // out (m x n, row-major) = the mean over samples of a (m x k) b (k x n), scaled: gemm.h's epilogue. An operand with
  // one sample is that of every sample. Large outputs go in strips of rows, so that sums stay in the cache until they
  // are scaled, while the next strip is multiplied. Returns the algorithm (int8_gemm.h).
  std::string_view run(const PackedOperand& a, const PackedOperand& b, std::uint64_t m, std::uint64_t n,
                       std::uint64_t k, float* out);

 private:
  std::string_view run_strips(const PackedOperand& a, const PackedOperand& b, std::uint64_t m, std::uint64_t n,
                              std::uint64_t k, float* out);
  std::string_view run_samples(const PackedOperand& a, const PackedOperand& b, std::uint64_t m, std::uint64_t n,
                               std::uint64_t k, float* out);

  cudaStream_t stream_, epilogues_ = nullptr;
  std::array<cudaEvent_t, 2> multiplied_{}, scaled_{};  // of the two buffers that strips take in turn
  Int8Gemm gemm_;
};

}  // namespace luqsim::cuda

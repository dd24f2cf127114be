#include "luqsim/cuda/packed_gemm.h"

#include <algorithm>

namespace luqsim::cuda {
namespace {

// Two strips of sums stay in the L2 cache of an A100 (40 MB) or H100 (50 MB).
constexpr std::uint64_t strip_bytes = std::uint64_t{16} << 20;
constexpr std::uint64_t strip_rows_multiple = 256;  // of the GEMM's tiles

// Rows along K: those of A, the columns of B.
void widen_operand(cudaStream_t stream, const PackedOperand& x, std::size_t sample, bool columns, std::int8_t* values) {
  const std::uint8_t* codes = x.codes[sample];
  const bool exchanged = x.transposed != columns;
  if (x.patches)
    widen_patches(stream, codes, x.format, *x.patches, exchanged, values);
  else if (exchanged)
    widen_transposed(stream, codes, x.format, x.stored, values);
  else
    widen(stream, codes, x.format, x.stored, values);
}

}  // namespace

PackedGemm::PackedGemm(cudaStream_t stream) : stream_(stream), gemm_(stream) {
  check(cudaStreamCreateWithFlags(&epilogues_, cudaStreamNonBlocking), "cudaStreamCreateWithFlags");
  for (const auto events : {&multiplied_, &scaled_})
    for (cudaEvent_t& event : *events)
      check(cudaEventCreateWithFlags(&event, cudaEventDisableTiming), "cudaEventCreateWithFlags");
}

PackedGemm::~PackedGemm() {
  for (const auto events : {&multiplied_, &scaled_})
    for (const cudaEvent_t event : *events) static_cast<void>(cudaEventDestroy(event));
  static_cast<void>(cudaStreamDestroy(epilogues_));
}

std::string_view PackedGemm::run(const PackedOperand& a, const PackedOperand& b, std::uint64_t m, std::uint64_t n,
                                 std::uint64_t k, float* out) {
  const bool one_sample = a.codes.size() == 1 && b.codes.size() == 1;
  return one_sample ? run_strips(a, b, m, n, k, out) : run_samples(a, b, m, n, k, out);
}

std::string_view PackedGemm::run_strips(const PackedOperand& a, const PackedOperand& b, std::uint64_t m,
                                        std::uint64_t n, std::uint64_t k, float* out) {
  const std::uint64_t rows = padded(m), cols = padded(n), depth = padded(k);
  const std::uint64_t fitting = strip_bytes / (cols * sizeof(std::int32_t)) / strip_rows_multiple * strip_rows_multiple;
  const std::uint64_t strip = std::min(rows, std::max(fitting, strip_rows_multiple));
  const DeviceArray<std::int8_t> x(stream_, rows * depth), y(stream_, cols * depth);
  const DeviceArray<std::int32_t> sums(stream_, std::min<std::uint64_t>(2 * strip, rows) * cols);
  widen_operand(stream_, a, 0, false, x.data());
  widen_operand(stream_, b, 0, true, y.data());
  std::string_view name;
  for (std::uint64_t first = 0, i = 0; first < rows; first += strip, ++i) {
    const std::uint64_t buffer = i % 2, count = std::min(strip, rows - first);
    std::int32_t* strip_sums = sums.data() + buffer * strip * cols;
    if (i >= 2) check(cudaStreamWaitEvent(stream_, scaled_[buffer], 0), "cudaStreamWaitEvent");
    name = gemm_.run(x.data() + first * depth, y.data(), strip_sums, count, cols, depth);
    check(cudaEventRecord(multiplied_[buffer], stream_), "cudaEventRecord");
    check(cudaStreamWaitEvent(epilogues_, multiplied_[buffer], 0), "cudaStreamWaitEvent");
    scale_sums(epilogues_, strip_sums, cols, {std::min(count, m - first), n}, a.scale, b.scale, 1, out + first * n);
    check(cudaEventRecord(scaled_[buffer], epilogues_), "cudaEventRecord");
  }
  // One of them may not have been recorded yet, or be of an earlier run: then there is nothing to wait for.
  for (const cudaEvent_t event : scaled_) check(cudaStreamWaitEvent(stream_, event, 0), "cudaStreamWaitEvent");
  return name;
}

std::string_view PackedGemm::run_samples(const PackedOperand& a, const PackedOperand& b, std::uint64_t m,
                                         std::uint64_t n, std::uint64_t k, float* out) {
  const std::uint64_t rows = padded(m), cols = padded(n), depth = padded(k);
  const std::size_t samples = std::max(a.codes.size(), b.codes.size());
  const DeviceArray<std::int8_t> x(stream_, rows * depth), y(stream_, cols * depth);
  const DeviceArray<std::int32_t> sums(stream_, rows * cols);
  const DeviceArray<std::int64_t> totals(stream_, rows * cols);  // several samples may outgrow 32 bits
  std::string_view name;
  for (std::size_t s = 0; s < samples; ++s) {
    if (s < a.codes.size()) widen_operand(stream_, a, s, false, x.data());
    if (s < b.codes.size()) widen_operand(stream_, b, s, true, y.data());
    name = gemm_.run(x.data(), y.data(), sums.data(), rows, cols, depth);
    add_sums(stream_, sums.data(), rows * cols, s == 0, totals.data());
  }
  scale_sums(stream_, totals.data(), cols, {m, n}, a.scale, b.scale, static_cast<std::uint32_t>(samples), out);
  return name;
}

}  // namespace luqsim::cuda

#include "cpu_accumulator.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "luqsim/numerics/gemm.h"

namespace luqsim::train {
namespace {

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define LUQSIM_VECTORIZE __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define LUQSIM_VECTORIZE
#endif

// To nearest even at 24 - dropped significant bits, to infinity from `limit` on. What comes in is exact: a sum of an
// accumulator's value and a product of codes fits binary32, or the product is below half of the value's last place.
inline float rounded(float v, int dropped, float limit) {
  std::uint32_t bits = std::bit_cast<std::uint32_t>(v);
  bits += (1U << (dropped - 1)) - 1 + ((bits >> dropped) & 1);
  const float r = std::bit_cast<float>(bits & ~((1U << dropped) - 1));
  constexpr float infinity = std::numeric_limits<float>::infinity();
  const float high = r >= limit ? infinity : r;
  return high <= -limit ? -infinity : high;
}
inline float as_fp16(float v) { return rounded(v, 13, 65536.0F); }
inline float as_bf16(float v) { return rounded(v, 16, std::numeric_limits<float>::infinity()); }

constexpr std::size_t block = 64;  // sums that stay in registers

// sums[j] = round(sums[j] + left[k] * right[k][j]), k ascending; `cols` at most block.
template <class Round>
[[gnu::always_inline]] inline void add_block(Round round, std::span<const std::int8_t> left, const float* right,
                                             std::size_t stride, float* sums, std::size_t cols) {
  float s[block] = {};
  std::copy_n(sums, cols, s);
  for (const std::int8_t l : left) {
    for (std::size_t j = 0; j < cols; ++j) s[j] = round(s[j] + static_cast<float>(l) * right[j]);
    right += stride;
  }
  std::copy_n(s, cols, sums);
}

// The same for any number of columns. Constant numbers of them let the compiler keep sums in registers.
template <class Round>
[[gnu::always_inline]] inline void add_columns(Round round, std::span<const std::int8_t> left, const float* right,
                                               float* sums, std::size_t cols) {
  std::size_t j = 0;
  for (; j + block <= cols; j += block) add_block(round, left, right + j, cols, sums + j, block);
  for (; j + 16 <= cols; j += 16) add_block(round, left, right + j, cols, sums + j, 16);
  add_block(round, left, right + j, cols, sums + j, cols - j);
}

using AddRow = void(std::span<const std::int8_t> left, const float* right, float* sums, std::size_t cols);

LUQSIM_VECTORIZE
void add_row_fp32(std::span<const std::int8_t> left, const float* right, float* sums, std::size_t cols) {
  add_columns([](float v) { return v; }, left, right, sums, cols);
}
LUQSIM_VECTORIZE
void add_row_fp16(std::span<const std::int8_t> left, const float* right, float* sums, std::size_t cols) {
  add_columns([](float v) { return as_fp16(v); }, left, right, sums, cols);
}
LUQSIM_VECTORIZE
void add_row_bf16(std::span<const std::int8_t> left, const float* right, float* sums, std::size_t cols) {
  add_columns([](float v) { return as_bf16(v); }, left, right, sums, cols);
}

AddRow* add_row(AccumulatorKind kind) {
  return kind == AccumulatorKind::fp32 ? add_row_fp32 : kind == AccumulatorKind::bf16 ? add_row_bf16 : add_row_fp16;
}

// Closes the inner sums whenever they have `length` terms.
void add_row_in_chunks(std::uint64_t length, std::uint64_t open_terms, std::span<const std::int8_t> left,
                       const float* right, std::span<float> chunks, std::span<float> sums) {
  while (!left.empty()) {
    const std::size_t terms = std::min<std::size_t>(length - open_terms % length, left.size());
    add_row_fp16(left.first(terms), right, chunks.data(), chunks.size());
    left = left.subspan(terms);
    right += terms * chunks.size();
    open_terms += terms;
    if (open_terms % length != 0) return;
    for (std::size_t j = 0; j < sums.size(); ++j) sums[j] = as_fp16(sums[j] + chunks[j]);
    std::ranges::fill(chunks, 0.0F);
  }
}

float wrapped(std::int64_t v, int bits) {
  const int unused = 64 - bits;
  return static_cast<float>(static_cast<std::int64_t>(static_cast<std::uint64_t>(v) << unused) >> unused);
}

}  // namespace

AccumulatedSums::AccumulatedSums(AccumulatorKind kind, std::uint64_t rows, std::uint64_t cols)
    : config_{.kind = kind}, rows_(rows), cols_(cols) {
  if (integer_bits(kind) > 0)
    exact_.resize(rows * cols);
  else
    values_.resize(rows * cols);
  if (kind == AccumulatorKind::chunk) chunks_.resize(rows * cols);
}

void AccumulatedSums::add(std::span<const std::int8_t> a, std::span<const std::int8_t> b, std::uint64_t k) {
  if (integer_bits(config_.kind) > 0) return add_exactly(a, b, k);
  const std::vector<float> right(b.begin(), b.end());
#pragma omp parallel for
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(rows_); ++i) {
    const auto row = static_cast<std::uint64_t>(i);
    const std::span<const std::int8_t> left = a.subspan(row * k, k);
    const std::span<float> sums = std::span(values_).subspan(row * cols_, cols_);
    if (config_.kind == AccumulatorKind::chunk)
      add_row_in_chunks(config_.chunk_length, chunk_terms_, left, right.data(),
                        std::span(chunks_).subspan(row * cols_, cols_), sums);
    else
      add_row(config_.kind)(left, right.data(), sums.data(), cols_);
  }
  chunk_terms_ += k;
}

void AccumulatedSums::add_exactly(std::span<const std::int8_t> a, std::span<const std::int8_t> b, std::uint64_t k) {
  std::vector<std::int32_t> sums(exact_.size());
  gemm_s8s8s32({a.data(), rows_, k, k}, {b.data(), k, cols_, cols_}, sums);
  for (std::size_t i = 0; i < sums.size(); ++i) exact_[i] += sums[i];
}

std::vector<float> AccumulatedSums::values() const {
  const int bits = integer_bits(config_.kind);
  std::vector<float> out = values_;
  if (bits > 0)
    for (const std::int64_t sum : exact_) out.push_back(wrapped(sum, bits));
  if (config_.kind == AccumulatorKind::chunk && chunk_terms_ % config_.chunk_length != 0)
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = as_fp16(out[i] + chunks_[i]);
  return out;
}

}  // namespace luqsim::train

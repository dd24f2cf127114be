// 4-bit GEMMs whose sums meet in a given accumulator (numerics/accumulator.h), on rows of outputs at once.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "luqsim/numerics/accumulator.h"

namespace luqsim::train {

// The sums of all outputs of one GEMM. Each has one accumulator, which takes its products in the order of k, sample
// after sample; integers wrap, a chunk has 64 terms.
class AccumulatedSums {
 public:
  AccumulatedSums(AccumulatorKind kind, std::uint64_t rows, std::uint64_t cols);

  // One sample: a is rows x k, b is k x cols, row-major.
  void add(std::span<const std::int8_t> a, std::span<const std::int8_t> b, std::uint64_t k);
  // As binary32, rounded once.
  std::vector<float> values() const;

 private:
  void add_exactly(std::span<const std::int8_t> a, std::span<const std::int8_t> b, std::uint64_t k);

  AccumulatorConfig config_;
  std::uint64_t rows_, cols_;
  std::vector<std::int64_t> exact_;     // integers: an accumulator that wraps is its exact sum, wrapped
  std::vector<float> values_, chunks_;  // floating point; chunk: the outer and the running inner sums
  std::uint64_t chunk_terms_ = 0;       // in every running inner sum
};

}  // namespace luqsim::train

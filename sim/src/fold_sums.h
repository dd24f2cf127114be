// The arithmetic of the array: products and accumulators of a design, applied to the tiles of the folds.
#pragma once
#include <memory>
#include <span>
#include <vector>

#include "luqsim/numerics/product.h"

#include "tiles.h"

namespace luqsim {

// The sums of one part of the output after the other. In every dataflow k ascends, sample after sample, and the lanes
// of a PE are summed exactly before the accumulator adds them.
class FoldSums {
 public:
  virtual ~FoldSums() = default;
  // Adds the products of a step of the schedule.
  virtual void add(const TileOp& op, const TileValues& a, const TileValues& b) = 0;
  // After op.last: the sums as binary32, row-major.
  virtual std::vector<float> take(const TileOp& op) = 0;
  // Integer additions that wrapped or saturated since construction.
  virtual std::uint64_t overflows() const { return 0; }
};

// Integer GEMM where the design is exact for this k and these formats, otherwise every product and addition in order.
// Null for a timing-only job. Throws std::invalid_argument when no product of the design takes the formats.
std::unique_ptr<FoldSums> make_fold_sums(const ArrayConfig& array, const GemmJob& job);

// True when every sum of `terms` products is sure to be exact: products and accumulator hold whatever the codes are.
// Throws as make_fold_sums does.
bool is_exact(const ArrayConfig& array, Format a, Format b, std::uint64_t terms);

// Products by the two operands' values: what a PE multiplies.
class ValueProducts {
 public:
  ValueProducts(const ArrayConfig& array, Format a, Format b);
  std::int32_t operator()(std::int8_t a, std::int8_t b) const {
    return products_[static_cast<std::size_t>(static_cast<std::uint8_t>(a)) * 256 + static_cast<std::uint8_t>(b)];
  }

 private:
  std::vector<std::int32_t> products_;
};

// Where a step's operands begin in its tiles: row op.rows.first (A) or column op.cols.first (B), k op.k.first.
const std::int8_t* a_values(const TileOp& op, const TileValues& a);
const std::int8_t* b_values(const TileOp& op, const TileValues& b);

}  // namespace luqsim

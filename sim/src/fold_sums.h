// The arithmetic of the array: products and accumulators of a design, applied to the tiles of the folds.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
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

// What multiplies operands of these formats: with a gradient, the product of the backward pass.
Product product_of(const ArrayConfig& array, Format a, Format b);

// Integer GEMM where the design is exact for this k and these formats, otherwise every product and addition in order.
// Null for a timing-only job. Throws std::invalid_argument when no product of the design takes the formats.
std::unique_ptr<FoldSums> make_fold_sums(const ArrayConfig& array, const GemmJob& job);

// True when every sum of `terms` products is sure to be exact: products and accumulator hold whatever the codes are.
// Throws as make_fold_sums does.
bool is_exact(const ArrayConfig& array, Format a, Format b, std::uint64_t terms);

// Products by the two operands' values, those of their codes: what a PE multiplies. Throws as make_fold_sums does.
class ValueProducts {
 public:
  ValueProducts(const ArrayConfig& array, Format a, Format b);
  std::int32_t operator()(std::int8_t a, std::int8_t b) const { return (*products_)[index(a)][index(b)]; }

 private:
  using Table = std::array<std::array<std::int32_t, 256>, 256>;
  static std::size_t index(std::int8_t value) { return static_cast<std::uint8_t>(value); }

  std::unique_ptr<Table> products_ = std::make_unique<Table>();  // too large for the stack of a process
};

// Where a step's operands begin in its tiles: row op.rows.first (A) or column op.cols.first (B), k op.k.first.
const std::int8_t* a_values(const TileOp& op, const TileValues& a);
const std::int8_t* b_values(const TileOp& op, const TileValues& b);

}  // namespace luqsim

// The arithmetic of the array: products and accumulators of a design, applied to the tiles of a fold.
#pragma once
#include <cstdint>
#include <memory>
#include <span>

#include "luqsim/arch/architecture.h"
#include "luqsim/numerics/gemm.h"

#include "tiles.h"

namespace luqsim {

class Datapath {
 public:
  virtual ~Datapath() = default;

  // Clears the accumulators of a rows x cols fold.
  virtual void begin(std::size_t rows, std::size_t cols) = 0;
  // Adds the products of a (rows x k) and b (k x cols), in the array's order of k.
  virtual void accumulate(const Int8Matrix& a, const Int8Matrix& b) = 0;
  // The sums as binary32, row-major.
  virtual void finish(std::span<float> sums) = 0;
  // Integer additions that wrapped or saturated since construction.
  virtual std::uint64_t overflows() const { return 0; }
};

// Integer GEMM where the design is exact for this k and these formats, otherwise every product and addition in order.
// Throws std::invalid_argument when no product of the design takes the formats.
std::unique_ptr<Datapath> make_datapath(const ArrayConfig& array, Format a, Format b, std::uint64_t total_k);

}  // namespace luqsim

// The order in which a GEMM's folds pass through the array, and what is loaded and released when.
#pragma once
#include <cstdint>

#include "luqsim/arch/architecture.h"

namespace luqsim {

struct GemmShape {
  std::uint64_t m = 0, n = 0, k = 0;
  std::uint64_t a_samples = 1, b_samples = 1;  // SMP: the sum runs over k of every sample; 1 or the larger of the two
  OperandSize a_size = {}, b_size = {};        // of their elements; 4-bit codes

  std::uint64_t samples() const { return a_samples > b_samples ? a_samples : b_samples; }
};

struct Range {
  std::uint64_t first = 0, count = 0;
};

// One operand's part in the schedule. A resident operand's tile is a block of panels (a panel: the rows of A or columns
// of B of one fold) with all k of all samples; a passing operand's tile is one panel with one chunk of k.
struct OperandPlan {
  bool resident = false;
  std::uint64_t panel = 0;   // rows of A or columns of B in a fold
  std::uint64_t extent = 0;  // M or N
  std::uint64_t block = 1;   // panels in a tile

  std::uint64_t panels() const { return (extent + panel - 1) / panel; }
};

// One fold of the array, or with outputs stationary a chunk of its k.
struct TileOp {
  Range rows, cols;  // of the output
  Range k;           // within the sample
  std::uint64_t sample = 0;
  Range a_tile, b_tile;                       // rows of A, columns of B that the current tiles hold
  Range a_tile_k, b_tile_k;                   // and their k
  bool load_a = false, load_b = false;        // a new tile starts here
  bool release_a = false, release_b = false;  // the tile's last use
  bool first = false, last = false;           // of the sums of this part of the output
  OperandSize a_size, b_size;

  std::uint64_t steps(std::uint64_t lanes) const { return (k.count + lanes - 1) / lanes; }  // K'
};

// Loop order: the resident operand's blocks outermost, then the passing operand's panels, then the panels of the
// block, then samples and k. Which operand is resident, how many panels a block has and how much streams in a fold
// follow from buffer capacity and least DRAM traffic; a resident operand is read once. When neither operand's panel
// fits with all its k, both pass in chunks.
//   dataflow   a panel of A    a panel of B    k of a fold
//   os         rows            cols            a chunk
//   ws         a stream tile   cols            rows * lanes
//   is         cols            a stream tile   rows * lanes
class Schedule {
 public:
  Schedule(const Architecture& architecture, const GemmShape& shape);

  const GemmShape& shape() const { return shape_; }
  const OperandPlan& a() const { return a_; }
  const OperandPlan& b() const { return b_; }
  std::uint64_t chunk() const { return chunk_; }    // k of a passing tile
  std::uint64_t fold_k() const { return fold_k_; }  // k of a TileOp

  // Parts of the output: each is finished once.
  std::uint64_t out_tiles() const { return a_.panels() * b_.panels(); }
  // Bytes of DRAM that loads touch over the whole GEMM, for the choice above and for tests.
  std::uint64_t load_bytes() const;

  // Walks the steps in order. Each unit has a walk of its own.
  class Walk {
   public:
    explicit Walk(const Schedule& schedule) : schedule_(&schedule) {}
    bool next(TileOp& op);  // false: no more

   private:
    const Schedule* schedule_;
    std::uint64_t block_ = 0, passing_ = 0, inner_ = 0, sample_ = 0, chunk_ = 0, fold_ = 0;
    bool done_ = false;
  };

 private:
  struct Choice {
    std::uint64_t stream_tile;
    bool a_resident, b_resident;
  };
  void plan(const Architecture& architecture, const Choice& choice);
  bool fits(const Architecture& architecture, const Choice& choice);

  const OperandPlan& outer() const { return a_.resident || !b_.resident ? a_ : b_; }
  const OperandPlan& passing() const { return a_.resident || !b_.resident ? b_ : a_; }
  std::uint64_t chunks() const { return (shape_.k + chunk_ - 1) / chunk_; }
  // With all its k and one sample the passing tile serves every panel of a block and every sample of the other operand.
  bool passing_stays() const { return chunks() == 1 && (&passing() == &a_ ? shape_.a_samples : shape_.b_samples) == 1; }

  GemmShape shape_;
  OperandPlan a_, b_;
  std::uint64_t chunk_ = 0, fold_k_ = 0;
};

}  // namespace luqsim

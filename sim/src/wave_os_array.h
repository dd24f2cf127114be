// Output-stationary array by whole wavefronts: it wakes when a tile is consumed or a fold ends.
#pragma once
#include "mac_array.h"

namespace luqsim {

class FoldSums;

// A fold of r x c outputs takes K' = ceil(k / lanes) steps of feeding at the edges, r + c - 2 cycles more until the
// skewed wavefront leaves the last PE, and r cycles of draining. Without double-buffered accumulators the next fold is
// fed when the drain ends; with them right after the feed, except that a feed cannot end before the previous fold is
// drained. With zero skipping all groups start together, so that the skew is that of one group.
class WaveOsArray : public MacArray {
 public:
  using MacArray::MacArray;

 private:
  void run_gemm(const std::shared_ptr<const GemmJob>& job) override;
  void feed(const GemmJob& job, const TileOp& op, FoldSums* sums);
  void end_fold(const TileOp& op, FoldSums* sums);
};

// Cycles from a fold's last step at the edge to its last MAC.
Cycles os_skew(const ArrayConfig& array, const TileOp& op);

}  // namespace luqsim

// The MAC array, output stationary, simulated by whole wavefronts: it wakes when a tile is consumed or a fold ends.
#pragma once
#include "luqsim/arch/architecture.h"

#include "tiles.h"

namespace luqsim {

// A fold of r x c outputs takes K' = ceil(k / lanes) cycles of feeding at the edges, r + c - 2 more until the skewed
// wavefront leaves the last PE, and r cycles of draining. Without double-buffered accumulators the next fold is fed
// when the drain ends; with them right after the feed, except that a feed cannot end before the previous fold is
// drained.
class MacArray : public Unit {
 public:
  MacArray(const sc_core::sc_module_name& name, std::function<void()> on_error, const ArrayConfig& config,
           Slots<OperandTile>& a, Slots<OperandTile>& b, Slots<FoldTile>& folds)
      : Unit(name, std::move(on_error)), config_(config), a_(a), b_(b), folds_(folds) {}

  JobSlot<GemmJob> jobs{1};

  // What cycles without a job count as from now on: the controller's quantization phases, for example.
  void set_idle_activity(Activity activity);

 private:
  void run() override;
  void run_gemm(const GemmJob& job);
  void feed(const GemmJob& job, const TileOp& op, class Datapath* datapath);
  void end_fold(const TileOp& op, class Datapath* datapath);

  ArrayConfig config_;
  Slots<OperandTile>&a_, &b_;
  Slots<FoldTile>& folds_;
  bool idle_ = true;
  Activity idle_activity_ = Activity::none;
};

}  // namespace luqsim

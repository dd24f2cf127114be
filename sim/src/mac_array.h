// The MAC array: one interface for every dataflow and fidelity.
#pragma once
#include "luqsim/arch/architecture.h"
#include "luqsim/sim/simulate.h"

#include "tiles.h"

namespace luqsim {

struct StationaryShape;

// What the array is joined to. os: folds leave by `folds` and the drain; ws, is: the stationary operand comes through
// `stationary` and finished sums go to `out`.
struct ArrayPorts {
  Slots<OperandTile>&a, &b;
  Slots<FoldTile>& folds;
  Slots<OutTile>& out;
  Slots<StationaryFold>& stationary;
};

class MacArray : public Unit {
 public:
  MacArray(const sc_core::sc_module_name& name, const UnitContext& context, const Architecture& architecture,
           const ArrayPorts& ports)
      : Unit(name, context), architecture_(architecture), ports_(ports) {}

  JobSlot<GemmJob> jobs{1};

  // What cycles without a job count as from now on: the controller's quantization phases, for example.
  void set_idle_activity(Activity activity);

  // Told by the drain and the preload when they begin to move data through the PEs, a row every `row_cycles` cycles:
  // a fold's sums out, or the rows of a stationary tile in (`pe` moves them; `wave` need not know).
  virtual void begin_drain(FoldTile& fold, Cycles row_cycles);
  virtual void begin_preload(const TileOp& op, const TileValues* stationary, Cycles row_cycles);

 protected:
  virtual void run_gemm(const std::shared_ptr<const GemmJob>& job) = 0;

  const Architecture& architecture() const { return architecture_; }
  const ArrayPorts& ports() const { return ports_; }

 private:
  void run() override;

  const Architecture& architecture_;
  ArrayPorts ports_;
  bool idle_ = true;
  Activity idle_activity_ = Activity::none;
};

std::unique_ptr<MacArray> make_mac_array(Fidelity fidelity, const UnitContext& context,
                                         const Architecture& architecture, const ArrayPorts& ports);

// The rest of a stationary fold's timing, shared by both fidelities: when it may begin to stream at the earliest, given
// that `previous` began at `previous_begin`: after it on the way in, behind it on the way out, and, for the same sums,
// not before its sums are back at the top.
Cycles earliest_stream(const StationaryShape& previous, Cycles previous_begin, bool same_sums,
                       const StationaryShape& next);

// A finished part of the output on its way to the output scratchpad; `sums` is empty in a timing-only run.
OutTile make_out_tile(const std::shared_ptr<const GemmJob>& job, const Range& rows, const Range& cols,
                      std::vector<float> sums);

}  // namespace luqsim

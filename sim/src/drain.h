// The drain: shifts a finished fold out of the array, a row a cycle, scales it and fills the output scratchpad.
#pragma once
#include "tiles.h"

namespace luqsim {

class Drain : public Unit {
 public:
  Drain(const sc_core::sc_module_name& name, std::function<void()> on_error, Slots<FoldTile>& folds,
        Slots<OutTile>& out)
      : Unit(name, std::move(on_error)), folds_(folds), out_(out) {}

  JobSlot<GemmJob> jobs{1};

 private:
  void run() override;

  Slots<FoldTile>& folds_;
  Slots<OutTile>& out_;
};

}  // namespace luqsim

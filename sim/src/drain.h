// The drain: shifts a finished fold out of the array, a row a cycle, scales it and fills the output scratchpad (os).
#pragma once
#include "mac_array.h"

namespace luqsim {

class Drain : public Unit {
 public:
  Drain(const sc_core::sc_module_name& name, const UnitContext& context, const Architecture& architecture,
        Slots<FoldTile>& folds, Slots<OutTile>& out, MacArray& array)
      : Unit(name, context), architecture_(architecture), folds_(folds), out_(out), array_(array) {}

  JobSlot<GemmJob> jobs{1};

 private:
  void run() override;

  const Architecture& architecture_;
  Slots<FoldTile>& folds_;
  Slots<OutTile>& out_;
  MacArray& array_;
};

}  // namespace luqsim

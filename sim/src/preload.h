// The preload: shifts the stationary operand of a fold into the PEs, a row a cycle (ws, is).
#pragma once
#include "mac_array.h"

namespace luqsim {

class Preload : public Unit {
 public:
  Preload(const sc_core::sc_module_name& name, const UnitContext& context, const Architecture& architecture,
          Slots<OperandTile>& tiles, Slots<StationaryFold>& stationary, MacArray& array)
      : Unit(name, context), architecture_(architecture), tiles_(tiles), stationary_(stationary), array_(array) {}

  JobSlot<GemmJob> jobs{1};

 private:
  void run() override;
  void preload(const TileOp& op);

  const Architecture& architecture_;
  Slots<OperandTile>& tiles_;
  Slots<StationaryFold>& stationary_;
  MacArray& array_;
};

}  // namespace luqsim

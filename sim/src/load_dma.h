// Load DMA: moves tiles from DRAM into an operand scratchpad, ahead of their use as far as slots are free.
#pragma once
#include "dram.h"
#include "tiles.h"

namespace luqsim {

class LoadDma : public Unit {
 public:
  LoadDma(const sc_core::sc_module_name& name, const UnitContext& context, Dram& dram, std::size_t port,
          Slots<OperandTile>& scratchpad)
      : Unit(name, context), dram_(dram), port_(port), scratchpad_(scratchpad) {}

  JobSlot<LoadJob> jobs{1};

 private:
  void run() override;

  Dram& dram_;
  std::size_t port_;
  Slots<OperandTile>& scratchpad_;
};

}  // namespace luqsim

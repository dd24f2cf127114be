// Store DMA: moves tiles from the output scratchpad to DRAM.
#pragma once
#include "dram.h"
#include "tiles.h"

namespace luqsim {

class StoreDma : public Unit {
 public:
  StoreDma(const sc_core::sc_module_name& name, const UnitContext& context, Dram& dram, std::size_t port,
           Slots<OutTile>& scratchpad)
      : Unit(name, context), dram_(dram), port_(port), scratchpad_(scratchpad) {}

  JobSlot<StoreJob> jobs{1};

 private:
  void run() override;

  Dram& dram_;
  std::size_t port_;
  Slots<OutTile>& scratchpad_;
};

}  // namespace luqsim

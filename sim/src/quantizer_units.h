// Quantizer units: statistics and quantize passes over a tensor, units * lanes elements a cycle.
#pragma once
#include "luqsim/arch/architecture.h"

#include "tiles.h"

namespace luqsim {

class QuantizerUnits : public Unit {
 public:
  QuantizerUnits(const sc_core::sc_module_name& name, const UnitContext& context, const QuantizerConfig& config,
                 Slots<OperandTile>& source, Slots<OutTile>& out)
      : Unit(name, context),
        elements_per_cycle_(std::uint64_t{config.units} * config.lanes),
        source_(source),
        out_(out) {}

  JobSlot<QuantizeJob> jobs{1};

 private:
  void run() override;

  std::uint64_t elements_per_cycle_;
  Slots<OperandTile>& source_;
  Slots<OutTile>& out_;
};

}  // namespace luqsim

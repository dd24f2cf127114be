// The accelerator: its units and the links between them.
#pragma once
#include <memory>
#include <vector>

#include "drain.h"
#include "dram.h"
#include "load_dma.h"
#include "mac_array.h"
#include "preload.h"
#include "quantizer_units.h"
#include "store_dma.h"

namespace luqsim {

// Of the DRAM: who asks first in a cycle.
enum DramPort : std::size_t { load_a_port, load_b_port, store_port };

// os:          load_a -> a_scratchpad -+-> array -> folds -> drain -+-> out_scratchpad -> store
//   dram -->   load_b -> b_scratchpad -+                            |                       |--> dram
//                        a_scratchpad ----> quantizer --------------+
// ws, is: one operand goes scratchpad -> preload -> stationary -> array, and sums go array -> out_scratchpad.
struct Accelerator {
  Accelerator(const Architecture& architecture, Fidelity fidelity, const UnitContext& context);

  // Every unit whose cycles are reported, in the order of the data.
  std::vector<Unit*> units();

  Dram dram;
  Slots<OperandTile> a_scratchpad, b_scratchpad;
  Slots<StationaryFold> stationary;  // the registers that are loaded next
  Slots<FoldTile> folds;             // the accumulators that drain
  Slots<OutTile> out_scratchpad;
  LoadDma load_a, load_b;
  QuantizerUnits quantizer;
  std::unique_ptr<MacArray> array;
  std::unique_ptr<Preload> preload;  // ws, is
  Drain drain;                       // os
  StoreDma store;
};

}  // namespace luqsim

// The accelerator: its units and the links between them.
#pragma once
#include <functional>
#include <vector>

#include "drain.h"
#include "dram.h"
#include "load_dma.h"
#include "mac_array.h"
#include "quantizer_units.h"
#include "store_dma.h"

namespace luqsim {

//              load_a -> a_scratchpad -+-> array -> folds -> drain -+-> out_scratchpad -> store
//   dram -->   load_b -> b_scratchpad -+                            |                       |--> dram
//                        a_scratchpad ----> quantizer --------------+
struct Accelerator {
  Accelerator(const Architecture& architecture, const std::function<void()>& on_error);

  // Every unit whose cycles are reported, in the order of the data.
  std::vector<Unit*> units();

  Dram dram;
  Slots<OperandTile> a_scratchpad, b_scratchpad;
  Slots<FoldTile> folds;  // the accumulators that drain
  Slots<OutTile> out_scratchpad;
  LoadDma load_a, load_b;
  QuantizerUnits quantizer;
  MacArray array;
  Drain drain;
  StoreDma store;
};

}  // namespace luqsim

// Weight- and input-stationary array by whole wavefronts.
#pragma once
#include "mac_array.h"

namespace luqsim {

// A fold holds r x c stationary values (r = ceil(k / lanes) rows of k, c columns of N or M), preloaded in r cycles; T
// rows of the other operand stream past and their sums leave the columns r - 1 cycles later, into the output
// scratchpad, where the next fold of the same sums takes them up again at the top. The first step enters when the
// preload ends, the last sum leaves r + c - 2 cycles after the last step. Without double-buffered stationary registers
// the next preload starts then; with them it starts with the stream.
class WaveStationaryArray : public MacArray {
 public:
  using MacArray::MacArray;

 private:
  void run_gemm(const std::shared_ptr<const GemmJob>& job) override;
};

// The stationary registers have a fold: takes it, and counts the wait as dram_read until its preload began, then as
// fill.
const StationaryFold& receive_stationary(Unit& array, Slots<StationaryFold>& slots);

}  // namespace luqsim

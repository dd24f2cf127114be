// What moves between the units: tiles in the scratchpads, folds in the accumulators, and the jobs that fill them.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "luqsim/traces/record.h"

#include "schedule.h"
#include "slots.h"

namespace luqsim {

// Integer values of an operand tile's codes, row-major, one sample after the other.
struct TileValues {
  std::vector<std::int8_t> values;
  std::size_t stride = 0;         // values in a row
  std::size_t sample_values = 0;  // values in a sample; 0: every sample reads the same
};

// A slot of an operand scratchpad. GEMM: a tile of the operand; quantization: a run of the source.
struct OperandTile {
  std::shared_ptr<TileValues> operand;  // null in a timing-only run; shared with the stationary registers
  std::vector<float> source;
};

// The stationary operand of a fold, in the PEs' registers (ws, is).
struct StationaryFold {
  std::shared_ptr<const TileValues> operand;
  Cycles preload_begin = 0;
};

// A finished fold in the accumulators, on its way out (os).
struct FoldTile {
  Range rows, cols;
  std::vector<float> sums;  // as binary32, row-major; empty in a timing-only run
};

// A slot of the output scratchpad.
struct OutTile {
  std::uint64_t bytes = 0;
  std::function<void()> store;  // writes the contents to memory; may be empty
};

// Transfers from DRAM into an operand scratchpad, in order. `next` returns false after the last.
struct Load {
  std::uint64_t bytes = 0;
  std::function<void(OperandTile&)> fill;
};
struct LoadJob {
  std::function<bool(Load&)> next;
};

// A pass of a tensor through the quantizer units, in runs of `run_elements` elements.
struct QuantizeJob {
  std::uint64_t elements = 0, run_elements = 0;
  bool from_memory = false;  // a run waits for its load; otherwise the elements arrive from their producer
  OperandSize out{0};        // written back; 0: nothing
  // Elements first .. first + count - 1; may be empty (timing only).
  std::function<void(std::uint64_t first, std::uint64_t count, const OperandTile* loaded)> process;

  std::uint64_t runs() const { return (elements + run_elements - 1) / run_elements; }
};

// What the array counted during a GEMM.
struct ArrayCounts {
  std::uint64_t overflows = 0;          // integer additions that wrapped or saturated
  std::uint64_t steps = 0;              // steps of all groups (without skipping: of the array)
  std::uint64_t skipped_steps = 0;      // of these, skipped because the group's operand was zero
  std::uint64_t idle_group_cycles = 0;  // cycles in which a group waited for slower ones or for steps
  // Scratchpad traffic of the GEMM besides its loads: codes read, sums written, taken up again and stored.
  std::uint64_t a_bytes = 0, b_bytes = 0, out_bytes = 0;
};

// A GEMM for the array, with its drain (os) or its preload (ws, is).
struct GemmJob {
  Schedule schedule;
  Format a_format = Format::int4, b_format = Format::int4;
  bool numeric = true;  // operands have values; otherwise timing only
  float scale = 1;      // output_scale() of the record
  // Takes a finished part of the output, row-major, when it is stored to memory.
  std::function<void(const Range& rows, const Range& cols, std::span<const float> out)> store;
  ArrayCounts* counts = nullptr;  // added to by the array

  std::uint64_t k_total() const { return schedule.shape().k * schedule.shape().samples(); }
};

// What the store takes to memory: so many tiles of the output scratchpad.
struct StoreJob {
  std::uint64_t tiles = 0;
};

// Jobs pass from the controller to a unit like any other data; the unit pops a job when it has finished it.
template <class Job>
using JobSlot = Slots<std::shared_ptr<const Job>>;

}  // namespace luqsim

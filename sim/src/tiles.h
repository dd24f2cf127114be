// What moves between the units: tiles in the scratchpads, folds in the accumulators, and the jobs that fill them.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "luqsim/traces/record.h"

#include "schedule.h"
#include "slots.h"

namespace luqsim {

// A slot of an operand scratchpad. GEMM: integer values of the codes, row-major, one sample after the other;
// quantization: a run of the source.
struct OperandTile {
  std::vector<std::int8_t> values;
  std::size_t stride = 0;         // values in a row
  std::size_t sample_values = 0;  // values in a sample; 0: every sample reads the same
  std::vector<float> source;
};

// A finished fold in the accumulators, on its way out.
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

// A pass of a tensor through the quantizer units, in runs of `chunk` elements.
struct QuantizeJob {
  std::uint64_t elements = 0, chunk = 0;
  bool from_memory = false;    // read from the source scratchpad; otherwise the elements arrive from their producer
  std::uint64_t out_bits = 0;  // written back for each element; 0: nothing
  // Elements first .. first + count - 1, from the tile when from_memory.
  std::function<void(std::uint64_t first, std::uint64_t count, const OperandTile* tile)> process;

  std::uint64_t chunks() const { return (elements + chunk - 1) / chunk; }
};

// A GEMM for the array and its drain.
struct GemmJob {
  Schedule schedule;
  Format a_format = Format::int4, b_format = Format::int4;
  bool numeric = true;                 // operands have values; otherwise timing only
  float scale = 1;                     // output_scale() of the record
  std::vector<float>* out = nullptr;   // m x n, written by the store DMA
  std::uint64_t* overflows = nullptr;  // of the accumulators
  std::uint64_t out_tiles = 0;         // folds
};

// Jobs pass from the controller to a unit like any other data; the unit pops a job when it has finished it.
template <class Job>
using JobSlot = Slots<std::shared_ptr<const Job>>;

struct StoreJob {
  std::uint64_t tiles = 0;
};

}  // namespace luqsim

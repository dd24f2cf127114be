// How fast the edges of the array are fed: bank accesses a step, and which steps zero operands skip.
#pragma once
#include "tiles.h"

namespace luqsim {

// Cycles between two steps of an output-stationary fold: both scratchpads read one step's codes.
std::uint64_t os_step_cycles(const Architecture& architecture, const TileOp& op);
// Cycles between two rows of a draining fold: a row of sums enters the output scratchpad.
std::uint64_t drain_row_cycles(const Architecture& architecture, std::uint64_t cols);

// A fold as the stationary dataflows see it.
struct StationaryShape {
  std::uint64_t rows, cols;   // PEs
  std::uint64_t stream;       // steps that stream past them
  std::uint64_t preload_row;  // cycles a row of the stationary operand
  std::uint64_t step;         // cycles a step: the moving codes read, a row of sums written

  std::uint64_t skew() const { return rows + cols - 2; }
};
StationaryShape stationary_shape(const Architecture& architecture, const TileOp& op);

// Adds the scratchpad traffic of a step of the schedule.
void count_scratchpads(Dataflow dataflow, const TileOp& op, ArrayCounts& counts);

// Which group skips which step: groups of rows of A or of columns of B.
class SkipMap {
 public:
  SkipMap(const ArrayConfig& array, const TileOp& op, const TileValues& a, const TileValues& b);

  std::size_t groups() const { return groups_; }
  std::size_t steps() const { return steps_; }
  bool zero(std::size_t group, std::size_t step) const { return zero_[step * groups_ + group] != 0; }

 private:
  std::size_t groups_, steps_;
  std::vector<std::uint8_t> zero_;
};

// What the scratchpads can bring to the skip queue: `steps` at a time, every `cycles`; one of them is 1.
struct SkipFetch {
  std::uint64_t steps = 1, cycles = 1;
};
SkipFetch skip_fetch(const Architecture& architecture, const TileOp& op);

struct SkipFeed {
  Cycles cycles = 0;
  std::uint64_t skipped = 0, idle_group_cycles = 0;
};
// A window of `queue` steps slides over the fold: steps enter in order, as fast as they are fetched, and a step enters
// only after every group is done with the step `queue` before it. In a cycle each group does its first step in the
// window that is not zero; steps before it that are zero are done without a cycle. At least one cycle.
SkipFeed skip_feed(const SkipMap& map, std::uint64_t queue, const SkipFetch& fetch);

}  // namespace luqsim

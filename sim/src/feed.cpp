#include "feed.h"

#include <algorithm>

#include "fold_sums.h"

namespace luqsim {

std::uint64_t os_step_cycles(const Architecture& a, const TileOp& op) {
  return std::max(a.a.access_cycles(op.a_size.bytes(op.rows.count * a.array.lanes)),
                  a.b.access_cycles(op.b_size.bytes(op.cols.count * a.array.lanes)));
}

std::uint64_t drain_row_cycles(const Architecture& a, std::uint64_t cols) {
  return a.out.access_cycles(cols * sizeof(float));
}

StationaryShape stationary_shape(const Architecture& a, const TileOp& op) {
  const bool ws = a.array.dataflow == Dataflow::ws;
  const BufferConfig &stationary = ws ? a.b : a.a, &moving = ws ? a.a : a.b;
  const OperandSize &stationary_size = ws ? op.b_size : op.a_size, &moving_size = ws ? op.a_size : op.b_size;
  StationaryShape s{};
  s.rows = op.steps(a.array.lanes);
  s.cols = ws ? op.cols.count : op.rows.count;
  s.stream = ws ? op.rows.count : op.cols.count;
  s.preload_row = stationary.access_cycles(stationary_size.bytes(s.cols * a.array.lanes));
  s.step = std::max(moving.access_cycles(moving_size.bytes(s.rows * a.array.lanes)), drain_row_cycles(a, s.cols));
  return s;
}

void count_scratchpads(Dataflow dataflow, const TileOp& op, ArrayCounts& counts) {
  counts.a_bytes += op.a_size.bytes(op.rows.count * op.k.count);
  counts.b_bytes += op.b_size.bytes(op.cols.count * op.k.count);
  const std::uint64_t sums = op.rows.count * op.cols.count * sizeof(float);
  const bool sums_pass = !keeps_outputs(dataflow);
  if (sums_pass || op.last) counts.out_bytes += sums;
  if (sums_pass && !op.first) counts.out_bytes += sums;
  if (op.last) counts.out_bytes += sums;  // to memory
}

SkipMap::SkipMap(const ArrayConfig& array, const TileOp& op, const TileValues& a, const TileValues& b)
    : steps_(op.steps(array.lanes)) {
  const bool by_rows = array.skip_side == SkipSide::rows;
  const std::size_t lines = by_rows ? op.rows.count : op.cols.count, lanes = array.lanes;
  groups_ = (lines + array.skip_group - 1) / array.skip_group;
  zero_.assign(groups_ * steps_, 1);
  const std::int8_t* first = by_rows ? a_values(op, a) : b_values(op, b);
  for (std::size_t line = 0; line < lines; ++line)
    for (std::size_t k = 0; k < op.k.count; ++k)
      if (first[by_rows ? line * a.stride + k : k * b.stride + line] != 0)
        zero_[k / lanes * groups_ + line / array.skip_group] = 0;
}

SkipFetch skip_fetch(const Architecture& a, const TileOp& op) {
  const auto steps = [&](const BufferConfig& buffer, const OperandSize& size, std::uint64_t lines) {
    const std::uint64_t words = (size.bytes(lines * a.array.lanes) + buffer.bank_bytes - 1) / buffer.bank_bytes;
    return std::max<std::uint64_t>(1, buffer.banks / words);
  };
  return {std::min(steps(a.a, op.a_size, op.rows.count), steps(a.b, op.b_size, op.cols.count)), os_step_cycles(a, op)};
}

SkipFeed skip_feed(const SkipMap& map, std::uint64_t queue, const SkipFetch& fetch) {
  const std::size_t groups = map.groups(), steps = map.steps();
  // By step, the cycle in which it enters the window and the one in which the last group is done with it.
  std::vector<Cycles> enters(steps), done(steps);
  std::vector<Cycles> next_free(groups, 0);  // a group's first cycle without work
  SkipFeed feed;
  std::uint64_t executed = 0;
  for (std::size_t k = 0; k < steps; ++k) {
    enters[k] = k == 0 ? 0 : enters[k - 1];
    if (k >= fetch.steps) enters[k] = std::max(enters[k], enters[k - fetch.steps] + fetch.cycles);
    if (k >= queue) enters[k] = std::max(enters[k], done[k - queue] + 1);
    done[k] = std::max(enters[k], k == 0 ? 0 : done[k - 1]);
    for (std::size_t g = 0; g < groups; ++g) {
      if (map.zero(g, k)) continue;
      const Cycles cycle = std::max(enters[k], next_free[g]);
      next_free[g] = cycle + 1;
      done[k] = std::max(done[k], cycle);
      ++executed;
    }
  }
  feed.cycles = *std::ranges::max_element(done) + 1;
  feed.skipped = groups * steps - executed;
  feed.idle_group_cycles = groups * feed.cycles - executed;
  return feed;
}

}  // namespace luqsim

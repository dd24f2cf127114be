#include <random>

#include <fmt/format.h>

#include "luqsim/arch/sweep_file.h"

namespace luqsim {
namespace {

void add_grid(const std::vector<ValueList>& grid, std::vector<SweepPoint>& points) {
  if (grid.empty()) return;
  std::vector<std::size_t> at(grid.size());
  for (;;) {
    SweepPoint point;
    for (std::size_t i = 0; i < grid.size(); ++i) point.push_back(grid[i].values[at[i]]);
    points.push_back(std::move(point));
    std::size_t digit = grid.size();
    while (digit > 0 && ++at[digit - 1] == grid[digit - 1].values.size()) at[--digit] = 0;
    if (digit == 0) return;
  }
}

// The engine is the standard's, its distributions are not the same everywhere: one draw a key, by remainder.
DesignSetting draw(const RandomKey& key, std::mt19937_64& engine) {
  const std::uint64_t number = engine();
  if (const auto* list = std::get_if<ValueList>(&key.values)) return list->values[number % list->values.size()];
  const auto& range = std::get<ValueRange>(key.values);
  if (range.integers) {
    const std::uint64_t steps = (range.last - range.first) / range.step + 1;
    return {key.key, fmt::format("{}", range.first + number % steps * range.step), key.where};
  }
  const double fraction = static_cast<double>(number >> 11) * 0x1p-53;
  return {key.key, fmt::format("{}", range.from + fraction * (range.to - range.from)), key.where};
}

}  // namespace

std::vector<SweepPoint> expand(const SweepFile& sweep) {
  std::vector<SweepPoint> points;
  add_grid(sweep.grid, points);
  points.insert(points.end(), sweep.list.begin(), sweep.list.end());
  if (sweep.random) {
    std::mt19937_64 engine(sweep.random->seed);
    for (std::uint64_t i = 0; i < sweep.random->count; ++i) {
      SweepPoint point;
      for (const RandomKey& key : sweep.random->keys) point.push_back(draw(key, engine));
      points.push_back(std::move(point));
    }
  }
  return points;
}

bool Constraint::holds(double value) const {
  switch (relation) {
    case Relation::less:
      return value < bound;
    case Relation::at_most:
      return value <= bound;
    case Relation::more:
      return value > bound;
    case Relation::at_least:
      return value >= bound;
    case Relation::equal:
      return value == bound;
  }
  return false;
}

}  // namespace luqsim

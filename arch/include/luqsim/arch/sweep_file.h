// A sweep: many designs around a base, and what is asked of them. docs/sweep.md describes the file.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "luqsim/arch/architecture.h"
#include "luqsim/arch/metric.h"

namespace luqsim {

struct SweepWorkload {
  std::string name;                 // as `luqsim run` takes it
  std::uint32_t batch = 0;          // 0: the file's
  std::vector<std::string> passes;  // all unless given
};

// The values of one key, each checked; a range is drawn from by random points.
struct ValueList {
  std::vector<DesignSetting> values;
};
struct ValueRange {
  double from = 0, to = 0;                      // of a key that takes numbers
  std::uint64_t first = 0, last = 0, step = 1;  // of a key that takes integers
  bool integers = false;
};
struct RandomKey {
  std::string key, where;
  std::variant<ValueList, ValueRange> values;
};
struct RandomPoints {
  std::uint64_t count = 0, seed = 0;
  std::vector<RandomKey> keys;
};

enum class Relation : std::uint8_t { less, at_most, more, at_least, equal };
template <>
struct EnumNames<Relation> {
  static constexpr std::array<std::string_view, 5> names{"<", "<=", ">", ">=", "=="};
};

struct Constraint {
  Metric metric{};
  Relation relation{};
  double bound = 0;
  std::string text;  // as it stands in the file: "area_mm2 <= 2"

  bool holds(double value) const;
};

struct Objective {
  Metric metric{};
  bool maximize = false;
};

struct SweepFile {
  std::string base;
  std::vector<SweepWorkload> workloads;
  std::vector<ValueList> grid;                   // a list for each key: every combination is a point
  std::vector<std::vector<DesignSetting>> list;  // points one by one
  std::optional<RandomPoints> random;
  std::vector<Constraint> constraints;
  std::vector<Metric> metrics;
  std::vector<Objective> objectives;
};

// Throws ArchitectureError: file:line:column, the key, its value, what was wanted.
SweepFile read_sweep_file(const std::filesystem::path& path);

// One point: what it changes of the base.
using SweepPoint = std::vector<DesignSetting>;

inline constexpr std::uint64_t most_points = 1'000'000;

// The grid's points (the last key changes fastest), then those of the list, then the random ones: always the same for
// the same file.
std::vector<SweepPoint> expand(const SweepFile& sweep);

}  // namespace luqsim

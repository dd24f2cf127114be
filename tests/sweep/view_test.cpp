// Pareto points, their table, and the CSV.
#include "luqsim/sweep/view.h"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

namespace luqsim::sweep {
namespace {

PointRow row(const std::string& workload, double cycles, double area, const std::string& status = "ok") {
  PointRow r{.settings = {{"array.rows", "8"}}, .workload = workload, .status = status, .message = {}, .metrics = {}};
  r.metrics[static_cast<std::size_t>(Metric::cycles)] = cycles;
  r.metrics[static_cast<std::size_t>(Metric::area_mm2)] = area;
  return r;
}

SweepView view(std::vector<PointRow> rows) {
  return {std::move(rows), {Metric::cycles}, {{Metric::cycles, false}, {Metric::area_mm2, false}}};
}

TEST(Pareto, KeepsWhatNothingBeatsOfTheSameWorkload) {
  const SweepView v = view({row("a", 5, 5), row("a", 4, 6), row("a", 6, 6), row("a", 5, 5),
                            row("a", 1, 1, "constraint"), row("b", 9, 9), row("a", 1, 1, "error")});
  EXPECT_EQ(pareto_points(v), (std::vector<std::size_t>{1, 0, 3, 5}));
  SweepView most = v;
  most.objectives = {{Metric::area_mm2, true}};
  EXPECT_EQ(pareto_points(most), (std::vector<std::size_t>{5, 1, 2}));
}

TEST(Pareto, AgreesWithItsDefinition) {
  std::mt19937 random(3);
  std::uniform_int_distribution<int> small(0, 7);
  for (int trial = 0; trial < 200; ++trial) {
    std::vector<PointRow> rows;
    for (int i = 0; i < 30; ++i) rows.push_back(row(random() % 2 == 0 ? "a" : "b", small(random), small(random)));
    const SweepView v = view(rows);
    std::vector<std::size_t> expected, found = pareto_points(v);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      bool beaten = false;
      for (const PointRow& r : rows) {
        const auto cycles = [](const PointRow& p) { return *p.metrics[static_cast<std::size_t>(Metric::cycles)]; };
        const auto area = [](const PointRow& p) { return *p.metrics[static_cast<std::size_t>(Metric::area_mm2)]; };
        beaten = beaten || (r.workload == rows[i].workload && cycles(r) <= cycles(rows[i]) &&
                            area(r) <= area(rows[i]) && (cycles(r) < cycles(rows[i]) || area(r) < area(rows[i])));
      }
      if (!beaten) expected.push_back(i);
    }
    std::ranges::sort(found);
    EXPECT_EQ(found, expected);
  }
}

// A database may come from somebody else, and terminals obey control characters.
TEST(Table, ControlCharactersAreSpeltOut) {
  PointRow hostile = row("w\x1b[2J" + std::string(200, 'w'), 5, 1);
  hostile.settings = {{"k\r", "v\n"}};
  const std::string text = pareto_text(view({hostile}));
  EXPECT_TRUE(text.starts_with("w\\x1b[2J" + std::string(200, 'w') + ": 1 of 1")) << text;
  EXPECT_NE(text.find("\nk\\x0d "), std::string::npos) << text;
  EXPECT_NE(text.find("\nv\\x0a "), std::string::npos) << text;
}

TEST(Csv, QuotesAndLeavesOutWhatIsNotKnown) {
  PointRow refused = row("a, b", 1, 2, "error");
  refused.message = "no \"room\"";
  refused.metrics = {};
  const std::string csv = csv_text(view({refused}));
  EXPECT_EQ(csv.find("workload,array.rows,status,message,pareto,macs_per_cycle,"), 0U) << csv;
  EXPECT_NE(csv.find("\n\"a, b\",8,error,\"no \"\"room\"\"\",0,,,"), std::string::npos) << csv;
}

TEST(Table, SaysHowManyPointsHaveNotRun) {
  PointRow missing = row("a", 0, 0, "missing");
  missing.metrics = {};
  const std::string text = pareto_text(view({row("a", 5, 0.25), missing, missing, row("b", 1, 1)}));
  EXPECT_TRUE(text.starts_with(
      "a: 1 of 1 points are Pareto points (min cycles, min area_mm2); 2 more have not run\narray.rows "))
      << text;
  EXPECT_NE(text.find("\nb: 1 of 1 points are Pareto points (min cycles, min area_mm2)\n"), std::string::npos) << text;
}

TEST(Table, HasAColumnForEachKeyAndMetric) {
  EXPECT_EQ(pareto_text(view({row("a", 5, 0.25), row("a", 6, 7)})),
            "a: 1 of 2 points are Pareto points (min cycles, min area_mm2)\n"
            "array.rows  cycles  area_mm2\n"
            "8                5      0.25\n");
}

}  // namespace
}  // namespace luqsim::sweep

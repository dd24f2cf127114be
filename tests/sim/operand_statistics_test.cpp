// What results say of operands: zeros, toggles, histograms, and the energy that follows from them.
#include <bit>
#include <vector>

#include "luqsim/traces/operand.h"

#include "simulated_trace.h"

namespace luqsim {
namespace {

using OperandStatistics = test::SimulatedTrace;

TEST_F(OperandStatistics, ActiveMacsAreThoseWithoutAZeroOperand) {
  const Trace trace = mixed_trace();
  const RunResult result = simulate(test::ideal_architecture(), trace);
  for (std::size_t r = 0; r < result.records.size(); ++r) {
    const Record& record = trace.records()[r];
    std::uint64_t active = 0;
    for (std::size_t s = 0; s < record.samples(); ++s) {
      std::vector<std::int8_t> a(record.m * record.k), b(record.k * record.n);
      read_block(record.a, trace.codes(record.a, s % record.a.codes.size()), 0, record.m, 0, record.k, a);
      read_block(record.b, trace.codes(record.b, s % record.b.codes.size()), 0, record.k, 0, record.n, b);
      for (std::size_t i = 0; i < record.m; ++i)
        for (std::size_t j = 0; j < record.n; ++j)
          for (std::size_t k = 0; k < record.k; ++k)
            active += a[i * record.k + k] != 0 && b[k * record.n + j] != 0 ? 1 : 0;
    }
    EXPECT_EQ(result.records[r].active_macs, active) << record.id;
    if (record.a.view != View::direct) continue;
    int toggles = 0;
    const CodeView a_codes = trace.codes(record.a);
    for (std::size_t i = 0; i < record.m; ++i)
      for (std::size_t k = 1; k < record.k; ++k)
        toggles += std::popcount(static_cast<unsigned>(a_codes.code(i, k) ^ a_codes.code(i, k - 1)));
    const double pairs = 4 * static_cast<double>(record.m * (record.k - 1));
    EXPECT_NEAR(result.records[r].a_toggle_rate, pairs == 0 ? 0 : toggles / pairs, 1e-12) << record.id;
  }
}

TEST_F(OperandStatistics, CodesAreCountedAsInspectDoes) {
  const Trace trace = mixed_trace();
  const RunResult result = simulate(test::ideal_architecture(), trace);
  for (std::size_t i = 0; i < result.records.size(); ++i) {
    const Record& record = trace.records()[i];
    std::vector<std::uint64_t> counts(16);
    for (std::size_t s = 0; s < record.b.codes.size(); ++s) {
      const CodeView codes = trace.codes(record.b, s);
      for (std::size_t row = 0; row < codes.rows; ++row)
        for (std::size_t col = 0; col < codes.cols; ++col) ++counts[codes.code(row, col)];
    }
    EXPECT_EQ(result.records[i].b_histogram, counts) << record.id;
  }
}

TEST_F(OperandStatistics, EnergyFollowsEventsAndOperands) {
  const Trace trace = one_record("f", {.m = 64, .n = 64, .k = 256, .activation = Format::uint4, .mean = -2});
  Architecture a = test::ideal_architecture();
  const RecordResult dense = simulate(a, trace).records[0];
  a.array.zero_skip = ZeroSkip::gate;
  const RecordResult gated = simulate(a, trace).records[0];
  EXPECT_EQ(gated.cycles, dense.cycles);
  EXPECT_NEAR(gated.energy.at("products") / dense.energy.at("products"),
              static_cast<double>(dense.active_macs) / static_cast<double>(dense.macs), 1e-9);
  EXPECT_EQ(gated.energy.at("dram"), dense.energy.at("dram"));
  EXPECT_NEAR(dense.energy.at("dram"), static_cast<double>(dense.dram_read_bytes + dense.dram_write_bytes) * 162.5, 1);
  EXPECT_LT(dense.a_toggle_rate, 0.15) << "mostly zeros: few bits change from one k to the next";
  EXPECT_GT(dense.b_toggle_rate, 2 * dense.a_toggle_rate);
  // Loads in, codes out of both scratchpads for each of the 8 x 8 folds; sums in and out.
  EXPECT_EQ(dense.sram_a_bytes + dense.sram_b_bytes,
            2 * 8U * 64 * 256 / 2 + dense.dram_read_bytes + dense.quantize_read_bytes);
  EXPECT_EQ(dense.sram_out_bytes, 2 * 64 * 64 * 4 + 2 * dense.quantize_write_bytes);
}

}  // namespace
}  // namespace luqsim

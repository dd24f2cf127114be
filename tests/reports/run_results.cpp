#include "run_results.h"

namespace luqsim::test {
namespace {

RecordResult record_result(const RunShape& shape) {
  RecordResult record;
  record.id = record.layer = shape.record;
  record.pass = "dgrad";
  record.m = record.n = record.k = 32;
  record.macs = 32 * 32 * 32;
  record.active_macs = 20000;
  record.cycles = shape.cycles;
  record.dram_read_bytes = 5000;
  record.dram_write_bytes = 3000;
  record.a_zero_fraction = 0.25;
  record.b_zero_fraction = 0.5;
  record.energy = {{"dram", 3e6}, {"products", 1e3}};
  record.units = {{"array", {{"busy", 1000}, {shape.stall, shape.cycles - 1000}}}};
  for (std::uint64_t i = 0; i < 2; ++i) {
    const bool differs = i < shape.mismatching;
    record.checks.push_back(
        {i == 0 ? "out" : "a codes", 1024, differs ? 3U : 0U, differs ? "element 7: expected 0x1, got 0x2" : ""});
  }
  record.a_format = "int4";
  record.b_format = "fp4_e3m0";
  record.a_histogram.assign(16, 64);
  record.b_histogram.assign(16, 64);
  if (shape.mismatching > 0) {
    record.first_inexact_k = 17;
    record.output_errors = {.ulp_counts = {0, 2, 1}, .max_ulp = 5, .mean_ulp = 0.01, .snr_db = 60.5};
  }
  return record;
}

Summary summary_of(const RecordResult& record, std::uint64_t mismatching) {
  Summary total;
  total.name = "total";
  total.records = 1;
  total.macs = total.useful_macs = record.macs;
  total.active_macs = record.active_macs;
  total.cycles = record.cycles;
  total.dram_read_bytes = record.dram_read_bytes;
  total.dram_write_bytes = record.dram_write_bytes;
  total.tera_ops = 2e-3 * static_cast<double>(record.macs) / static_cast<double>(record.cycles);
  total.utilization = static_cast<double>(record.macs) / 256 / static_cast<double>(record.cycles);
  total.energy = record.energy;
  total.units = record.units;
  total.tensors = 2;
  total.exact_tensors = 2 - mismatching;
  return total;
}

}  // namespace

RunResult run_result(const RunShape& shape) {
  const RecordResult record = record_result(shape);
  RunResult result;
  result.tool_version = "1.2.3";
  result.command = "luqsim run " + shape.name;
  result.architecture = shape.name;
  result.architecture_file = shape.name + ".yaml";
  result.trace_file = "folder/t.safetensors";
  result.trace_digest = "0123456789abcdef0123456789abcdef";
  result.settings = {{"name", shape.name}, {"array.rows", "16"}, {"dram.bytes_per_cycle", "64"}};
  result.provenance = {{"backend", "cpu"}, {"network", "a network"}};
  result.clock_ghz = 1;
  result.macs_per_cycle = 256;
  result.accumulator = "int24";
  result.exact_terms = 18724;
  const double accumulators = 1e6 * shape.square_millimeters;
  result.area = {{"accumulators", accumulators, accumulators / 4, accumulators * 3 / 4, 0},
                 {"scratchpads", 1e6, 0, 0, 1e6}};
  result.paper_estimates = {{"MF-BPROP", 49, 46}};
  result.square_millimeters = {{"28 nm", shape.square_millimeters}};
  result.records = {record};
  result.total = summary_of(record, shape.mismatching);
  result.passes = result.layers = {result.total};
  result.passes.front().name = record.pass;
  result.layers.front().name = record.layer;
  return result;
}

}  // namespace luqsim::test

// What a simulation found. Plain data; Boost.Describe gives it to every writer and reader field by field.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe.hpp>

namespace luqsim {

inline constexpr const char* results_schema = "luqsim-results-5";

// Cycles of one unit by what it did: busy, or one named stall cause. They sum to the record's cycles.
struct UnitResult {
  std::string unit;
  std::map<std::string, std::uint64_t> cycles;
  friend bool operator==(const UnitResult&, const UnitResult&) = default;
};
BOOST_DESCRIBE_STRUCT(UnitResult, (), (unit, cycles))

// One tensor that the model computed against the one in the trace.
struct TensorCheck {
  std::string tensor;  // "a codes", "a scale", "b codes", "b scale", "out"
  std::uint64_t elements = 0, mismatches = 0;
  std::string first_mismatch;  // element, expected and got in hexadecimal; empty when bit-exact
  friend bool operator==(const TensorCheck&, const TensorCheck&) = default;
};
BOOST_DESCRIBE_STRUCT(TensorCheck, (), (tensor, elements, mismatches, first_mismatch))

// How far a record's outputs are from the trace's, in units in the last place (ulp) of binary32: the number of binary32
// values from one to the other. Empty and zero where all are bit-exact or none are recorded.
struct OutputErrors {
  std::vector<std::uint64_t> ulp_counts;  // [i]: elements whose distance is 2^i to 2^(i+1) - 1
  std::uint64_t max_ulp = 0;
  double mean_ulp = 0;           // over all elements
  std::optional<double> snr_db;  // sum of squares of what was expected, to that of the differences; finite ones alone
  std::uint64_t non_finite = 0;  // elements with infinity or NaN on one side
  friend bool operator==(const OutputErrors&, const OutputErrors&) = default;
};
BOOST_DESCRIBE_STRUCT(OutputErrors, (), (ulp_counts, max_ulp, mean_ulp, snr_db, non_finite))

struct RecordResult {
  std::string id, layer, pass;
  std::uint64_t step = 0, m = 0, n = 0, k = 0, samples = 1;
  std::uint64_t macs = 0, active_macs = 0;  // active: neither operand is zero (0 without codes)
  std::uint64_t cycles = 0;                 // quantization and GEMM
  std::uint64_t quantize_cycles = 0;        // of these, before the GEMM
  std::uint64_t dram_read_bytes = 0, dram_write_bytes = 0;
  std::uint64_t quantize_read_bytes = 0, quantize_write_bytes = 0;    // of these, before the GEMM
  std::uint64_t compute_bound_cycles = 0;                             // MACs / (PEs * lanes)
  std::uint64_t dram_bound_cycles = 0;                                // bytes moved / bandwidth
  double a_zero_fraction = 0, b_zero_fraction = 0;                    // of the operand matrices' codes
  std::uint64_t overflows = 0;                                        // integer accumulators that wrapped or saturated
  std::uint64_t steps = 0, skipped_steps = 0, idle_group_cycles = 0;  // of the array, or of its groups that skip
  double a_toggle_rate = 0, b_toggle_rate = 0;  // bits of a code that change from one k to the next
  std::string a_format, b_format;
  std::vector<std::uint64_t> a_histogram, b_histogram;  // of the stored codes of all samples, by code; empty without
  // Products after which the first of the sums was not the exact one, whatever became of it; 0: all stayed exact.
  std::uint64_t first_inexact_k = 0;
  std::uint64_t sram_a_bytes = 0, sram_b_bytes = 0, sram_out_bytes = 0;  // read and written
  std::map<std::string, double> energy;                                  // pJ by part
  std::vector<UnitResult> units;
  std::vector<TensorCheck> checks;
  OutputErrors output_errors;
  friend bool operator==(const RecordResult&, const RecordResult&) = default;
};
BOOST_DESCRIBE_STRUCT(RecordResult, (),
                      (id, layer, pass, step, m, n, k, samples, macs, active_macs, cycles, quantize_cycles,
                       dram_read_bytes, dram_write_bytes, quantize_read_bytes, quantize_write_bytes,
                       compute_bound_cycles, dram_bound_cycles, a_zero_fraction, b_zero_fraction, overflows, steps,
                       skipped_steps, idle_group_cycles, a_toggle_rate, b_toggle_rate, a_format, b_format, a_histogram,
                       b_histogram, first_inexact_k, sram_a_bytes, sram_b_bytes, sram_out_bytes, energy, units, checks,
                       output_errors))

struct Summary {
  std::string name;  // "total", a pass or a layer
  std::uint64_t records = 0, macs = 0, active_macs = 0, cycles = 0, quantize_cycles = 0;
  // m n k of every record, once however many samples it sums: what training asks for, and what throughput and energy of
  // a MAC are counted by.
  std::uint64_t useful_macs = 0;
  std::uint64_t dram_read_bytes = 0, dram_write_bytes = 0;
  double utilization = 0;  // MACs / (PEs * lanes * cycles)
  double tera_ops = 0;     // 10^12 operations a second at the clock, 2 a useful MAC
  // Roofline: no record can be faster than its compute and DRAM bounds.
  std::uint64_t compute_bound_cycles = 0, dram_bound_cycles = 0, bound_cycles = 0;  // sums; of the larger of the two
  double bound_ratio = 0;                                                           // bound_cycles / cycles: at most 1
  std::map<std::string, double> energy;                                             // pJ by part
  std::vector<UnitResult> units;
  std::uint64_t tensors = 0, exact_tensors = 0;
};
BOOST_DESCRIBE_STRUCT(Summary, (),
                      (name, records, macs, useful_macs, active_macs, cycles, quantize_cycles, dram_read_bytes,
                       dram_write_bytes, utilization, tera_ops, compute_bound_cycles, dram_bound_cycles, bound_cycles,
                       bound_ratio, energy, units, tensors, exact_tensors))

// NAND2 equivalents of a part: all, and what they are: logic, flip-flops, memory cells.
struct AreaResult {
  std::string part;
  double gates = 0, combinational = 0, sequential = 0, sram = 0;
};
BOOST_DESCRIBE_STRUCT(AreaResult, (), (part, gates, combinational, sequential, sram))

// A block of which the paper estimates the gates, and its NAND2 equivalents as synthesised here.
struct EstimateResult {
  std::string block;
  double paper = 0, synthesised = 0;
};
BOOST_DESCRIBE_STRUCT(EstimateResult, (), (block, paper, synthesised))

struct RunResult {
  std::string schema = results_schema;
  std::string tool_version;
  std::string command;  // the command line that made it; empty when no program did
  std::string architecture, architecture_file, trace_file;
  std::string trace_digest;                     // of the trace's bytes, or of its records where they have no tensors
  std::map<std::string, std::string> settings;  // keys of the architecture that were given, "array.rows"
  std::string compat = "none";  // scalesim: cycles are those that SCALE-Sim v3 reports; memory and quantizers idle
  std::map<std::string, std::string> provenance;
  double clock_ghz = 0;
  std::uint64_t macs_per_cycle = 0;          // peak: rows * cols * lanes
  std::string accumulator;                   // "int24"
  std::optional<std::uint64_t> exact_terms;  // the longest sum that it surely holds; none: floating point rounds
  std::vector<AreaResult> area;
  std::vector<EstimateResult> paper_estimates;
  std::map<std::string, double> square_millimeters;  // the same area, by technology: "28 nm"
  Summary total;
  std::vector<Summary> passes, layers;
  std::vector<RecordResult> records;
};
BOOST_DESCRIBE_STRUCT(RunResult, (),
                      (schema, tool_version, command, architecture, architecture_file, trace_file, trace_digest,
                       settings, compat, provenance, clock_ghz, macs_per_cycle, accumulator, exact_terms, area,
                       paper_estimates, square_millimeters, total, passes, layers, records))

}  // namespace luqsim

// What a sweep can report, constrain and optimise: names only; sim/sweep knows how each is computed.
#pragma once
#include <array>
#include <cstdint>

#include "luqsim/numerics/enum_names.h"

namespace luqsim {

// array_*: share of the array's cycles by what it did. area_mm2 is in 28 nm.
enum class Metric : std::uint8_t {
  macs_per_cycle,
  area_ge,
  area_mm2,
  area_mm2_7nm,
  cycles,
  quantize_cycles,
  time_ms,
  macs,
  active_macs,
  tera_ops,
  utilization,
  bound_ratio,
  energy_pj,
  pj_per_mac,
  dram_read_bytes,
  dram_write_bytes,
  dram_bytes,
  tensors,
  exact_tensors,
  inexact_tensors,
  array_busy,
  array_statistics,
  array_quantizer,
  array_dram_read,
  array_dram_write,
  array_buffer_full,
  array_bank_conflict,
  array_fill,
  array_drain,
  array_none
};
template <>
struct EnumNames<Metric> {
  static constexpr std::array<std::string_view, 30> names{"macs_per_cycle",
                                                          "area_ge",
                                                          "area_mm2",
                                                          "area_mm2_7nm",
                                                          "cycles",
                                                          "quantize_cycles",
                                                          "time_ms",
                                                          "macs",
                                                          "active_macs",
                                                          "tera_ops",
                                                          "utilization",
                                                          "bound_ratio",
                                                          "energy_pj",
                                                          "pj_per_mac",
                                                          "dram_read_bytes",
                                                          "dram_write_bytes",
                                                          "dram_bytes",
                                                          "tensors",
                                                          "exact_tensors",
                                                          "inexact_tensors",
                                                          "array_busy",
                                                          "array_statistics",
                                                          "array_quantizer",
                                                          "array_dram_read",
                                                          "array_dram_write",
                                                          "array_buffer_full",
                                                          "array_bank_conflict",
                                                          "array_fill",
                                                          "array_drain",
                                                          "array_none"};
};
inline constexpr std::size_t metric_count = EnumNames<Metric>::names.size();

// Those before `cycles` follow from the design alone, before anything is simulated.
constexpr bool known_before_simulation(Metric metric) { return metric < Metric::cycles; }

}  // namespace luqsim

// Energy proxy of what a design did: events times a table from the literature (45 nm, 0.9 V). docs/area.md cites it.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "luqsim/arch/architecture.h"

namespace luqsim {

// Of one GEMM and the quantization before it.
struct EnergyEvents {
  bool backward = false;                            // one operand is a gradient
  std::uint64_t macs = 0, active_macs = 0;          // active: without a zero operand; equal to macs when not known
  double a_toggle_rate = 0.5, b_toggle_rate = 0.5;  // bits of an operand that change from one step to the next
  std::uint64_t sram_a_bytes = 0, sram_b_bytes = 0, sram_out_bytes = 0;  // read and written
  std::uint64_t dram_bytes = 0;
  std::uint64_t gradient_codes = 0, forward_codes = 0, measured_elements = 0;  // quantized; through the statistics
  std::uint64_t drawn_codes = 0;  // gradient codes whose random numbers were made, not read from memory
};

struct EnergyItem {
  std::string part;
  double picojoules = 0;
};

// With zero_skip gate or skip only active MACs spend the energy of products and accumulators.
std::vector<EnergyItem> energy_breakdown(const Architecture& architecture, const EnergyEvents& events);

}  // namespace luqsim

// Area proxy of a design in NAND2 gate equivalents (GE): synthesised blocks, registers and SRAM by bits. Not a
// floorplan.
#pragma once
#include <string>
#include <vector>

#include "luqsim/arch/architecture.h"

namespace luqsim {

struct AreaItem {
  std::string part;                            // "products", "accumulators", ...
  double gates = 0, sequential = 0, sram = 0;  // GE: all of the part; of these, flip-flops; memory cells

  double combinational() const { return gates - sequential - sram; }
};

// The parts that the design has; their sum is its area. docs/area.md says what is in each and where the figures come
// from.
std::vector<AreaItem> area_breakdown(const Architecture& architecture);

double total_gates(const Architecture& architecture);

// One PE with its product and accumulator, without the registers that join it to its neighbours.
struct PeArea {
  double products = 0, block_scales = 0, accumulator = 0;  // GE
  double sequential = 0;                                   // of the accumulator: all flip-flops are its own
  int depth = 0;                                           // cells on the longest path

  double total() const { return products + block_scales + accumulator; }
};
PeArea pe_area(const Architecture& architecture);

// PEs of int4 x fp4 as they were synthesised, flattened; the last multiplies int4 x int4 as well.
struct SynthesisedPe {
  std::string name;
  double combinational = 0, sequential = 0;  // GE
  int depth = 0;
};
std::vector<SynthesisedPe> synthesised_pes();

// Blocks of which the paper gives gates, estimated by hand, and what synthesis makes of them, each by itself.
struct PaperEstimate {
  std::string block;
  double paper = 0, synthesised = 0;  // gates; GE
};
std::vector<PaperEstimate> paper_estimates();

// Silicon area of a gate equivalent. SRAM is already in GE, by the ratio of the first.
struct Technology {
  std::string name;
  double square_micrometers_per_gate = 0;
};
std::vector<Technology> technologies();

}  // namespace luqsim

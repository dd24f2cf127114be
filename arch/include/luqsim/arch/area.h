// Area proxy of a design in NAND2 gate equivalents (GE): logic by block, SRAM by bits. Not a floorplan.
#pragma once
#include <string>
#include <vector>

#include "luqsim/arch/architecture.h"

namespace luqsim {

struct AreaItem {
  std::string part;  // "products", "accumulators", ...
  double gates = 0;  // GE
};

// The parts of the design; their sum is its area. Constants and their sources stand in area.cpp and
// docs/architecture.md.
std::vector<AreaItem> area_breakdown(const Architecture& architecture);

}  // namespace luqsim

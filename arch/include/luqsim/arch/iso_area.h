// Designs of equal area, so that throughput can be compared.
#pragma once
#include "luqsim/arch/architecture.h"

namespace luqsim {

// The design with the largest array, of the same proportions, whose whole area is at most `gates` (GE): everything
// else stays, but for the banks that feed a larger array without conflicts and the room for its operands and outputs.
// Throws ArchitectureError when not even the smallest fits.
Architecture fitted_to_area(const Architecture& architecture, double gates);

}  // namespace luqsim

// One scale for a tensor, from its definition.
#pragma once
#include <string>

#include "oracle/exact.h"

namespace oracle {

struct ScaledUnits {
  float scale = 0, inverse = 0;
};
// Of the maximum M: M / max and max / M, or the smallest power of two whose multiple of max holds M. bf16: 1.
ScaledUnits scaled_units(float max_abs, const std::string& format, bool power_of_two_scale);

}  // namespace oracle

// What the design multiplies for a record.
#pragma once
#include "luqsim/arch/architecture.h"
#include "luqsim/traces/record.h"

#include "schedule.h"

namespace luqsim {

// Operands in the design's formats, with the samples that the trace has; of wgrad in a record without codes with those
// that the design makes.
GemmShape gemm_shape(const Architecture& architecture, const Record& record);

}  // namespace luqsim

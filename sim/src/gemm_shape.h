// What the design multiplies for a record.
#pragma once
#include "luqsim/arch/architecture.h"
#include "luqsim/traces/record.h"

#include "schedule.h"

namespace luqsim {

// Operands in the design's formats, each with its operand_samples.
GemmShape gemm_shape(const Architecture& architecture, const Record& record);

}  // namespace luqsim

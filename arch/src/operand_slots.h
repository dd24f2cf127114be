// What the array takes from the scratchpads of its operands at once.
#pragma once
#include "luqsim/arch/architecture.h"

namespace luqsim {

// The least that a slot has to hold.
struct OperandSlots {
  std::uint64_t a_bytes = 0, b_bytes = 0;
};

// One step of what moves through the array, or all that is stationary in it; elements of `size`.
OperandSlots operand_slots(const ArrayConfig& array, const OperandSize& size);

}  // namespace luqsim

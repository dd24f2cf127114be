#include "operand_slots.h"

namespace luqsim {

OperandSlots operand_slots(const ArrayConfig& array, const OperandSize& size) {
  const std::uint64_t rows = array.rows, cols = array.cols, lanes = array.lanes;
  const std::uint64_t row_step = size.bytes(rows * lanes), stationary = size.bytes(rows * cols * lanes);
  switch (array.dataflow) {
    case Dataflow::os:
      return {row_step, size.bytes(cols * lanes)};
    case Dataflow::ws:
      return {row_step, stationary};
    case Dataflow::is:
      break;
  }
  return {stationary, row_step};
}

}  // namespace luqsim

#include "gemm_shape.h"

#include "quantize_plan.h"

namespace luqsim {

GemmShape gemm_shape(const Architecture& architecture, const Record& record) {
  return {.m = record.m,
          .n = record.n,
          .k = record.k,
          .a_samples = operand_samples(architecture, record, record.a),
          .b_samples = operand_samples(architecture, record, record.b),
          .a_size = operand_size(operand_format(architecture, record.a)),
          .b_size = operand_size(operand_format(architecture, record.b))};
}

}  // namespace luqsim

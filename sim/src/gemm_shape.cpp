#include "gemm_shape.h"

#include <algorithm>

#include "quantize_plan.h"

namespace luqsim {

GemmShape gemm_shape(const Architecture& architecture, const Record& record) {
  GemmShape shape{record.m, record.n, record.k, std::max<std::uint64_t>(1, record.a.codes.size()),
                  std::max<std::uint64_t>(1, record.b.codes.size())};
  shape.a_size = operand_size(operand_format(architecture, record.a));
  shape.b_size = operand_size(operand_format(architecture, record.b));
  if (record.shape_only() && record.pass == Pass::wgrad)
    (record.a.format == Format::fp4_e3m0 ? shape.a_samples : shape.b_samples) = architecture.quantizer.samples;
  return shape;
}

}  // namespace luqsim

#include "luqsim/arch/operand_format.h"

#include <algorithm>

namespace luqsim {
namespace {

using F = OperandFormat;

struct Row {
  F format;
  OperandFormatInfo info;
};

constexpr std::array<Row, EnumNames<F>::names.size()> rows{{
    {F::int4, {4, 0, true, true, false, 1, 7}},  // uint4: 15
    {F::fp4_e3m0, {4, 0, true, false, true, 1, 64}},
    {F::fp4_radix4, {4, 0, true, false, false, 2, 8192}},  // of the odd phase
    {F::int8, {8, 0, true, false, false, 1, 127}},
    {F::fp8_e4m3, {8, 0, true, false, false, 1, 0}},
    {F::fp8_e5m2, {8, 0, true, false, false, 1, 0}},
    {F::bf16, {16, 0, false, false, false, 1, 0}},
    {F::fp32, {32, 0, false, false, false, 1, 0}},
    // Blocks lie along k, which is another one in a tensor's second use.
    {F::mxfp4, {4, 32, false, false, true, 2, 0}},  // a block's maximum is at hand
    {F::nvfp4, {4, 16, true, false, true, 2, 0}},   // the tensor's scale needs its maximum
}};
static_assert(std::ranges::all_of(rows,
                                  [](const Row& row) { return &row - rows.data() == static_cast<int>(row.format); }),
              "rows are in the order of the enumerators");

constexpr bool is_fp8(F f) { return f == F::fp8_e4m3 || f == F::fp8_e5m2; }

bool takes_in_order(Product product, F a, F b) {
  switch (product) {
    case Product::int4_mul:
      return a == F::int4 && b == F::int4;
    case Product::shift:
    case Product::fp7_mul:
    case Product::mf_bprop:
      return a == F::int4 && b == F::fp4_e3m0;
    case Product::radix4_mul:
      return a == F::int4 && b == F::fp4_radix4;
    case Product::int8_mul:
      return a == F::int8 && b == F::int8;
    case Product::int4_fp8_mul:
      return a == F::int4 && is_fp8(b);
    case Product::fp8_mul:
      return is_fp8(a) && is_fp8(b);
    case Product::bf16_mul:
      return a == F::bf16 && b == F::bf16;
    case Product::fp32_mul:
      return a == F::fp32 && b == F::fp32;
    case Product::e2m1_mul:
      return a == b && (a == F::mxfp4 || a == F::nvfp4);
  }
  return false;
}

}  // namespace

const OperandFormatInfo& operand_format_info(OperandFormat format) {
  return rows[static_cast<std::size_t>(format)].info;
}

OperandSize operand_size(OperandFormat format) {
  const OperandFormatInfo& info = operand_format_info(format);
  const std::uint64_t scales = info.block == 0 ? 0 : 32 / info.block * 8;
  return {static_cast<std::uint64_t>(32 * info.bits) + scales};
}

bool sums(Product product, AccumulatorKind accumulator) {
  using A = AccumulatorKind;
  switch (product) {
    case Product::int8_mul:
      return accumulator == A::int24 || accumulator == A::int32;
    case Product::radix4_mul:
      return accumulator != A::int16 && accumulator != A::int20;
    case Product::int4_fp8_mul:
    case Product::fp8_mul:
      return accumulator == A::fp32 || accumulator == A::fp16;
    case Product::bf16_mul:
    case Product::fp32_mul:
    case Product::e2m1_mul:
      return accumulator == A::fp32;
    default:
      return true;
  }
}

bool sums_lanes(Product product) {
  switch (product) {
    case Product::int4_fp8_mul:
    case Product::fp8_mul:
    case Product::bf16_mul:
    case Product::fp32_mul:
      return false;
    default:
      return true;
  }
}

bool takes(Product product, OperandFormat a, OperandFormat b) {
  return takes_in_order(product, a, b) || takes_in_order(product, b, a);
}

}  // namespace luqsim

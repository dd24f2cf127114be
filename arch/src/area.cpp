#include "luqsim/arch/area.h"

namespace luqsim {
namespace {

// NAND2 equivalents of blocks synthesised with Yosys 0.23 (abc, area mapping, flat PEs), until the project's own RTL
// regenerates them. An accumulator's figure is what it adds to a PE, operand registers included.
double product_gates(Product product) {
  switch (product) {
    case Product::int4_mul:
      return 87;
    case Product::shift:
      return 60;
    case Product::fp7_mul:
      return 86;  // two casts and a FP7 multiplier, hierarchy kept
    case Product::mf_bprop:
      return 25;
  }
  return 0;
}

double accumulator_gates(AccumulatorKind kind) {
  constexpr double fp16 = 675;
  switch (kind) {
    case AccumulatorKind::int16:
      return 240;
    case AccumulatorKind::int20:
      return 303;  // halfway between int16 and int24: not synthesised
    case AccumulatorKind::int24:
      return 367;
    case AccumulatorKind::int32:
      return 499;
    case AccumulatorKind::fp32:
      return 1425;
    case AccumulatorKind::fp16:
      return fp16;
    case AccumulatorKind::bf16:
      return 560;  // scaled from fp16 by significand and exponent bits: not synthesised
    case AccumulatorKind::chunk:
      return 2 * fp16;
  }
  return 0;
}

constexpr double lane_adder_gates = 60;  // one more input of a PE's adder tree
constexpr double shadow_bit_gates = 5;   // a flip-flop of the drain registers
constexpr double luq_lane_gates = 258;   // bf16 in, 16 random bits
constexpr double sawb_lane_gates = 515;
constexpr double philox_gates = 9365;   // iterative, one a quantizer unit
constexpr double sram_bit_gates = 0.4;  // 6T cell against NAND2 at one node, 60% array efficiency

double accumulator_bits(AccumulatorKind kind) {
  const int bits = integer_bits(kind);
  return bits > 0 ? bits : kind == AccumulatorKind::fp32 ? 32 : 16;
}

}  // namespace

std::vector<AreaItem> area_breakdown(const Architecture& a) {
  const double pes = static_cast<double>(a.array.rows) * a.array.cols, lanes = a.array.lanes;
  const double lanes_of_quantizers = static_cast<double>(a.quantizer.units) * a.quantizer.lanes;
  const double shadow =
      a.array.double_buffered_accumulators ? accumulator_bits(a.array.accumulator.kind) * shadow_bit_gates : 0;
  const auto bytes = static_cast<double>(a.a.bytes + a.b.bytes + a.out.bytes);
  return {
      {"products", pes * lanes * (product_gates(a.array.fprop_product) + product_gates(a.array.bprop_product))},
      {"lane adders", pes * (lanes - 1) * lane_adder_gates},
      {"accumulators", pes * (accumulator_gates(a.array.accumulator.kind) + shadow)},
      {"quantizer lanes", lanes_of_quantizers * (luq_lane_gates + sawb_lane_gates)},
      {"random numbers", static_cast<double>(a.quantizer.units) * philox_gates},
      {"scratchpads", bytes * 8 * sram_bit_gates},
  };
}

}  // namespace luqsim

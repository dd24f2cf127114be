#include "luqsim/arch/area.h"

#include <cmath>

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
constexpr double shadow_bit_gates = 5;   // a flip-flop
constexpr double sawb_lane_gates = 515;
constexpr double philox_gates = 9365;  // iterative: 128 bits in 10 clocks
constexpr double philox_bits_per_clock = 12.8;
constexpr double lfsr_gates_per_bit = 163.0 / 8;  // LFSR16 that makes 8 bits a clock
constexpr double sram_bit_gates = 0.4;            // 6T cell against NAND2 at one node, 60% array efficiency

// bf16 in; synthesised with 8 and with 16 random bits, 181 and 258, and on the line through them elsewhere.
double luq_lane_gates(std::uint32_t random_bits) { return 181 + (random_bits - 8.0) * (258 - 181) / 8; }

double accumulator_bits(AccumulatorKind kind) {
  const int bits = integer_bits(kind);
  return bits > 0 ? bits : kind == AccumulatorKind::fp32 ? 32 : 16;
}

}  // namespace

std::vector<AreaItem> area_breakdown(const Architecture& a) {
  const double pes = static_cast<double>(a.array.rows) * a.array.cols, lanes = a.array.lanes;
  // SMP in parallel has the lanes and their random numbers once for every sample.
  const double copies = a.quantizer.smp == Smp::parallel ? a.quantizer.samples : 1;
  const double quantizer_lanes = static_cast<double>(a.quantizer.units) * a.quantizer.lanes;
  const std::uint32_t random_bits = a.quantizer.rng_bits.value_or(16);
  const double random_bits_per_clock = quantizer_lanes * copies * random_bits;
  const double random = a.quantizer.rng == Rng::philox
                            ? std::ceil(random_bits_per_clock / philox_bits_per_clock) * philox_gates
                            : random_bits_per_clock * lfsr_gates_per_bit;
  // A second register a PE: of the accumulator (os) or of the stationary operand.
  const bool os = a.array.dataflow == Dataflow::os;
  const double shadow_bits =
      os ? (a.array.double_buffered_accumulators ? accumulator_bits(a.array.accumulator.kind) : 0)
         : (a.array.double_buffered_stationary ? 4 * lanes : 0);
  const auto bytes = static_cast<double>(a.a.bytes + a.b.bytes + a.out.bytes);
  return {
      {"products", pes * lanes * (product_gates(a.array.fprop_product) + product_gates(a.array.bprop_product))},
      {"lane adders", pes * (lanes - 1) * lane_adder_gates},
      {"accumulators", pes * accumulator_gates(a.array.accumulator.kind)},
      {"second registers", pes * shadow_bits * shadow_bit_gates},
      {"quantizer lanes", quantizer_lanes * (copies * luq_lane_gates(random_bits) + sawb_lane_gates)},
      {"random numbers", random},
      {"scratchpads", bytes * 8 * sram_bit_gates},
  };
}

}  // namespace luqsim

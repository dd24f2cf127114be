// Which synthesised blocks a design is made of.
#pragma once
#include "luqsim/arch/architecture.h"

#include "gates.h"

namespace luqsim {

// A PE of one 4-bit product and one accumulator.
BlockGates single_product_pe(Product product, const AccumulatorConfig& accumulator);
// Of both products with integers: int4 x int4 and int4 x fp4 share one exact adder.
BlockGates dual_pe(const AccumulatorConfig& accumulator);
double accumulator_bits(AccumulatorKind kind);
// One more input of a PE's adder tree.
double lane_adder_gates();

// What a PE is made of, GE, without the registers that join it to its neighbours.
struct PeParts {
  double products = 0, block_scales = 0, accumulator = 0;
  double sequential = 0;  // of the accumulator: products and block scales have no flip-flops
  int depth = 0;
};
PeParts pe_parts(const Architecture& architecture);

// The gates of a product by itself; of floating-point formats and radix-4 with what gives it the accumulator's format.
BlockGates product_block(Product product, const AccumulatorConfig& accumulator);
// Of the standard product by itself, casts and multiplier apart.
double hierarchical_product_gates();
// What a block's end costs beside the accumulator: both scales applied; 0 without blocks.
double block_scale_gates(const FormatConfig& formats);

// All gates of something, and those of its flip-flops.
struct PartGates {
  double gates = 0, sequential = 0;
};

PartGates of_copies(double copies, const BlockGates& block);

// The control of an array: that of one PE without the PE.
PartGates control_gates(Dataflow dataflow);

// A quantizer lane for a format, bf16 in, with its share of what makes a block's scale; no gates for what is only
// rounded (bf16, fp32). Stochastic where the format's gradients are.
BlockGates quantizer_lane(OperandFormat format, const QuantizerConfig& quantizer);
BlockGates statistics_block();
// A maximum of a tensor or of a block is taken for one format at least.
bool has_statistics(const FormatConfig& formats);
// What makes the random bits of so many elements a cycle.
PartGates random_gates(const QuantizerConfig& quantizer, double elements_per_cycle);
std::uint32_t random_bits(const QuantizerConfig& quantizer);

}  // namespace luqsim

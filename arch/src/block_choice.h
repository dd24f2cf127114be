// Which synthesised blocks a design is made of.
#pragma once
#include "luqsim/arch/architecture.h"

#include "gates.h"

namespace luqsim {

// int4 x int4 and int4 x fp4 share one exact adder: the dual-mode PE.
bool is_dual(const ArrayConfig& array);

// A PE of one product and one accumulator; for Product::shift with integers the dual-mode PE, which has both products.
BlockGates pe_block(Product product, const AccumulatorConfig& accumulator);
// The same with that one product alone.
BlockGates single_product_pe(Product product, const AccumulatorConfig& accumulator);
// The integer accumulator by itself.
BlockGates integer_accumulator(const AccumulatorConfig& accumulator);
// A product with what brings it to the accumulator's format. The standard product keeps its hierarchy, casts and
// multiplier apart, as it would be drawn; `flat` is what synthesis makes of it inside a PE.
double product_gates(Product product, const AccumulatorConfig& accumulator);
double flat_product_gates(Product product, const AccumulatorConfig& accumulator);
double accumulator_bits(AccumulatorKind kind);
// One more input of a PE's adder tree.
double lane_adder_gates();

// The control of an array: that of one PE without the PE.
double control_gates(Dataflow dataflow);

BlockGates luq_block(const QuantizerConfig& quantizer);
BlockGates sawb_block();
BlockGates statistics_block();
// What makes the random bits of so many elements a cycle.
double random_gates(const QuantizerConfig& quantizer, double elements_per_cycle);
std::uint32_t random_bits(const QuantizerConfig& quantizer);

}  // namespace luqsim

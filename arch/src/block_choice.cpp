#include "block_choice.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace luqsim {
namespace {

struct FloatBits {
  int exponent, mantissa;
};

FloatBits float_bits(AccumulatorKind kind) {
  switch (kind) {
    case AccumulatorKind::fp32:
      return {8, 23};
    case AccumulatorKind::bf16:
      return {8, 7};
    case AccumulatorKind::fp16:
    case AccumulatorKind::chunk:
      return {5, 10};
    default:
      throw std::logic_error("no floating-point accumulator");
  }
}

// The parameter PRODUCT of pe_mac.v or pe_float.v.
int product_parameter(Product product) {
  switch (product) {
    case Product::int4_mul:
    case Product::int4_fp8_mul:
      return 0;
    case Product::shift:
    case Product::fp8_mul:
      return 1;
    case Product::fp7_mul:
    case Product::bf16_mul:
      return 2;
    case Product::mf_bprop:
    case Product::fp32_mul:
      return 3;
    default:
      throw std::logic_error("no PE of this product has the parameter PRODUCT");
  }
}

std::map<std::string, int> float_parameters(AccumulatorKind kind) {
  const FloatBits f = float_bits(kind);
  return {{"EXP", f.exponent}, {"MAN", f.mantissa}};
}

// The parameters W and SATURATE.
std::map<std::string, int> integer_parameters(const AccumulatorConfig& a) {
  return {{"W", integer_bits(a.kind)}, {"SATURATE", a.overflow == Overflow::saturate ? 1 : 0}};
}

constexpr double philox_clocks = 10;  // of philox.v for 128 bits

}  // namespace

BlockGates single_product_pe(Product product, const AccumulatorConfig& accumulator) {
  const int bits = integer_bits(accumulator.kind);
  auto parameters = bits > 0 ? std::map<std::string, int>{{"W", bits}} : float_parameters(accumulator.kind);
  // The length is a counter's bits: synthesised for 64.
  if (accumulator.kind == AccumulatorKind::chunk) parameters["CHUNK"] = 64;
  if (product == Product::radix4_mul) return block_gates("pe_radix4", parameters);
  parameters["PRODUCT"] = product_parameter(product);
  return block_gates("pe_mac", parameters);
}

BlockGates dual_pe(const AccumulatorConfig& accumulator) {
  return block_gates("pe_dual", integer_parameters(accumulator));
}

BlockGates product_block(Product product, const AccumulatorConfig& accumulator) {
  const bool floats = integer_bits(accumulator.kind) == 0;
  switch (product) {
    case Product::int4_mul:
      return block_gates("int4_mul");
    case Product::shift:
      return block_gates("shift_mul");
    case Product::fp7_mul:
      return block_gates("standard_product");
    case Product::mf_bprop:
      return block_gates("mf_bprop");
    case Product::radix4_mul:
      return floats ? block_gates("radix4_mul", float_parameters(accumulator.kind)) : block_gates("radix4_mul");
    case Product::int8_mul:
      return block_gates("int8_mul");
    case Product::int4_fp8_mul:
      return block_gates("int4_fp8_mul", float_parameters(accumulator.kind));
    case Product::fp8_mul:
      return block_gates("fp8_mul", float_parameters(accumulator.kind));
    case Product::bf16_mul:
      return block_gates("bf16_fp32_mul");
    case Product::fp32_mul:
      return block_gates("fp32_mul");
    case Product::e2m1_mul:
      return block_gates("e2m1_mul");
  }
  throw std::logic_error("no such product");
}

double hierarchical_product_gates() {
  return block_gates("fp7_from_int4").total() + block_gates("fp7_from_fp4").total() + block_gates("fp7_mul").total();
}

namespace {

// A 4-bit product with what brings it to the accumulator's format, as synthesis flattens it inside a PE.
double flat_product_gates(Product product, const AccumulatorConfig& accumulator) {
  const double own = product_block(product, accumulator).total();
  const bool floats = integer_bits(accumulator.kind) == 0;
  if (product == Product::fp7_mul || product == Product::mf_bprop)
    return own +
           (floats ? block_gates("fp7_to_fp", float_parameters(accumulator.kind)) : block_gates("fp7_to_int")).total();
  if (!floats || product == Product::radix4_mul) return own;
  auto from_integer = float_parameters(accumulator.kind);
  from_integer["IN"] = 11;
  const double conversion = block_gates("fp_accumulator", from_integer).total() -
                            block_gates("fp_sum", float_parameters(accumulator.kind)).total();
  return own + std::max(0.0, conversion);
}

// The standard product keeps its hierarchy, casts and multiplier apart, as it would be drawn.
double product_gates(Product product, const AccumulatorConfig& accumulator) {
  const double flat = flat_product_gates(product, accumulator);
  if (product != Product::fp7_mul) return flat;
  return flat - block_gates("standard_product").total() + hierarchical_product_gates();
}

// What the PE has beyond its product is the accumulator: synthesis fits it to the few bits of the product. The same
// accumulator sums int4 x int4.
PeParts four_bit_pe(const ArrayConfig& a) {
  if (a.bprop_product == Product::shift && integer_bits(a.accumulator.kind) > 0) {
    const BlockGates pe = dual_pe(a.accumulator);
    auto parameters = integer_parameters(a.accumulator);
    parameters["IN"] = 11;
    const double accumulator = block_gates("int_accumulator", parameters).total();
    return {pe.total() - accumulator, 0, accumulator, pe.sequential, pe.depth};
  }
  const BlockGates pe = single_product_pe(a.bprop_product, a.accumulator);
  return {product_gates(a.bprop_product, a.accumulator) + product_gates(Product::int4_mul, a.accumulator), 0,
          pe.total() - flat_product_gates(a.bprop_product, a.accumulator), pe.sequential, pe.depth};
}

PeParts int8_pe(const ArrayConfig& a) {
  const BlockGates pe = block_gates("pe_int8", integer_parameters(a.accumulator));
  const double product = product_block(Product::int8_mul, a.accumulator).total();
  return {product, 0, pe.total() - product, pe.sequential, pe.depth};
}

PeParts float_pe(const ArrayConfig& a) {
  auto parameters = float_parameters(a.accumulator.kind);
  const double accumulator = block_gates("fp_sum", parameters).total();
  parameters["PRODUCT"] = product_parameter(a.bprop_product);
  const BlockGates pe = block_gates("pe_float", parameters);
  double products = pe.total() - accumulator;
  if (a.fprop_product != a.bprop_product) products += product_gates(a.fprop_product, a.accumulator);
  return {products, 0, accumulator, pe.sequential, pe.depth};
}

PeParts block_scaled_pe(const FormatConfig& formats) {
  const BlockGates pe = block_gates("pe_block", {{"KIND", formats.forward == OperandFormat::nvfp4 ? 1 : 0}});
  const double product = block_gates("e2m1_mul").total(), scales = block_scale_gates(formats);
  return {product, scales, pe.total() - product - scales, pe.sequential, pe.depth};
}

}  // namespace

double block_scale_gates(const FormatConfig& formats) {
  switch (formats.forward) {
    case OperandFormat::mxfp4:
      return block_gates("block_scale_mx", {{"W", 14}}).total();
    case OperandFormat::nvfp4:
      return block_gates("block_scale_nv", {{"W", 13}}).total();
    default:
      return 0;
  }
}

PeParts pe_parts(const Architecture& architecture) {
  const ArrayConfig& a = architecture.array;
  switch (a.bprop_product) {
    case Product::int8_mul:
      return int8_pe(a);
    case Product::int4_fp8_mul:
    case Product::fp8_mul:
    case Product::bf16_mul:
    case Product::fp32_mul:
      return float_pe(a);
    case Product::e2m1_mul:
      return block_scaled_pe(architecture.formats);
    default:
      return four_bit_pe(a);
  }
}

double accumulator_bits(AccumulatorKind kind) {
  const int bits = integer_bits(kind);
  if (bits > 0) return bits;
  const FloatBits f = float_bits(kind);
  return (kind == AccumulatorKind::chunk ? 2 : 1) * (1.0 + f.exponent + f.mantissa);
}

// From the dot-product unit: 16 shifters, 15 adders, one accumulator.
double lane_adder_gates() {
  const double unit = block_gates("dot_shift", {{"N", 16}, {"W", 24}, {"SATURATE", 0}}).total();
  const double accumulator = block_gates("int_accumulator", {{"W", 24}, {"SATURATE", 0}, {"IN", 11}}).total();
  return (unit - accumulator - 16 * block_gates("shift_mul").total()) / 15;
}

PartGates control_gates(Dataflow dataflow) {
  const std::map<std::string, int> pe{{"LANES", 1}, {"W", 24}, {"MODE", 1}};
  std::map<std::string, int> array = pe;
  array["ROWS"] = array["COLS"] = 1;
  const bool os = keeps_outputs(dataflow);
  if (!os) array["INDEX"] = 1;
  const BlockGates &whole = block_gates(os ? "os_array" : "ws_array", array),
                   &inside = block_gates(os ? "os_pe" : "ws_pe", pe);
  return {whole.total() - inside.total(), whole.sequential - inside.sequential};
}

std::uint32_t random_bits(const QuantizerConfig& quantizer) { return quantizer.rng_bits.value_or(16); }

namespace {

BlockGates with_share(const BlockGates& lane, const BlockGates& shared, double lanes) {
  return {lane.combinational + shared.combinational / lanes, lane.sequential + shared.sequential / lanes,
          std::max(lane.depth, shared.depth)};
}

}  // namespace

BlockGates quantizer_lane(OperandFormat format, const QuantizerConfig& quantizer) {
  const int bits = static_cast<int>(random_bits(quantizer)), pow2 = quantizer.alpha == Alpha::pow2 ? 1 : 0;
  switch (format) {
    case OperandFormat::int4:
      return block_gates("sawb_lane", {{"UNSIGNED", 0}, {"POW2", 0}});
    case OperandFormat::fp4_e3m0:
      return block_gates("luq_lane", {{"B", bits}, {"POW2", pow2}});
    case OperandFormat::fp4_radix4:
      return block_gates("radix4_lane");
    case OperandFormat::int8:
      return block_gates("int8_lane", {{"POW2", pow2}});
    case OperandFormat::fp8_e4m3:
      return block_gates("fp8_lane", {{"E5M2", 0}, {"POW2", pow2}});
    case OperandFormat::fp8_e5m2:
      return block_gates("fp8_lane", {{"E5M2", 1}, {"POW2", pow2}});
    case OperandFormat::mxfp4:
      return with_share(block_gates("e2m1_lane", {{"B", bits}, {"POW2", 1}}), block_gates("mx_scale"), 32);
    case OperandFormat::nvfp4:
      return with_share(with_share(block_gates("e2m1_lane", {{"B", bits}, {"POW2", 0}}), block_gates("nv_scale"), 16),
                        block_gates("nv_inverse"), 16);
    case OperandFormat::bf16:
    case OperandFormat::fp32:
      return {};
  }
  throw std::logic_error("no such format");
}

PartGates of_copies(double copies, const BlockGates& block) {
  return {copies * block.total(), copies * block.sequential};
}

bool has_statistics(const FormatConfig& formats) {
  const OperandFormatInfo &forward = operand_format_info(formats.forward),
                          &gradient = operand_format_info(formats.gradient);
  return forward.measured || forward.block > 0 || gradient.measured || gradient.block > 0;
}

BlockGates statistics_block() { return block_gates("max_abs", {{"WIDTH", 16}, {"INDEX", 32}}); }

PartGates random_gates(const QuantizerConfig& quantizer, double elements_per_cycle) {
  const std::uint32_t bits = random_bits(quantizer);
  if (quantizer.rng == Rng::philox)
    return of_copies(std::ceil(elements_per_cycle * bits * philox_clocks / 128), block_gates("philox"));
  const int steps = bits <= 4 ? 4 : bits <= 8 ? 8 : 16;  // the register that is synthesised and has enough
  return of_copies(elements_per_cycle, block_gates("lfsr16", {{"STEPS", steps}}));
}

}  // namespace luqsim

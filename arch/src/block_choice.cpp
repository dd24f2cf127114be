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

// The parameter PRODUCT of pe_mac.v.
int product_parameter(Product product) {
  switch (product) {
    case Product::int4_mul:
      return 0;
    case Product::shift:
      return 1;
    case Product::fp7_mul:
      return 2;
    case Product::mf_bprop:
      return 3;
  }
  throw std::logic_error("no such product");
}

constexpr double philox_clocks = 10;  // of philox.v for 128 bits

}  // namespace

bool is_dual(const ArrayConfig& array) {
  return array.bprop_product == Product::shift && integer_bits(array.accumulator.kind) > 0;
}

BlockGates pe_block(Product product, const AccumulatorConfig& accumulator) {
  const int bits = integer_bits(accumulator.kind);
  if (bits == 0 || product != Product::shift) return single_product_pe(product, accumulator);
  return block_gates("pe_dual", {{"W", bits}, {"SATURATE", accumulator.overflow == Overflow::saturate ? 1 : 0}});
}

BlockGates single_product_pe(Product product, const AccumulatorConfig& accumulator) {
  const int bits = integer_bits(accumulator.kind), parameter = product_parameter(product);
  if (bits > 0) return block_gates("pe_mac", {{"PRODUCT", parameter}, {"W", bits}});
  const FloatBits f = float_bits(accumulator.kind);
  std::map<std::string, int> parameters{{"PRODUCT", parameter}, {"EXP", f.exponent}, {"MAN", f.mantissa}};
  // The length is a counter's bits: synthesised for 64.
  if (accumulator.kind == AccumulatorKind::chunk) parameters["CHUNK"] = 64;
  return block_gates("pe_mac", parameters);
}

BlockGates integer_accumulator(const AccumulatorConfig& accumulator) {
  return block_gates("int_accumulator", {{"W", integer_bits(accumulator.kind)},
                                         {"SATURATE", accumulator.overflow == Overflow::saturate ? 1 : 0},
                                         {"IN", 11}});
}

double flat_product_gates(Product product, const AccumulatorConfig& accumulator) {
  const bool floats = integer_bits(accumulator.kind) == 0;
  const FloatBits f = floats ? float_bits(accumulator.kind) : FloatBits{0, 0};
  const std::map<std::string, int> format{{"EXP", f.exponent}, {"MAN", f.mantissa}};
  if (product == Product::fp7_mul || product == Product::mf_bprop) {
    const char* block = product == Product::fp7_mul ? "standard_product" : "mf_bprop";
    return block_gates(block).total() + (floats ? block_gates("fp7_to_fp", format) : block_gates("fp7_to_int")).total();
  }
  const double integers = block_gates(product == Product::shift ? "shift_mul" : "int4_mul").total();
  if (!floats) return integers;
  const std::map<std::string, int> from_11_bits{{"EXP", f.exponent}, {"MAN", f.mantissa}, {"IN", 11}};
  return integers +
         std::max(0.0, block_gates("fp_accumulator", from_11_bits).total() - block_gates("fp_sum", format).total());
}

double product_gates(Product product, const AccumulatorConfig& accumulator) {
  const double flat = flat_product_gates(product, accumulator);
  if (product != Product::fp7_mul) return flat;
  return flat - block_gates("standard_product").total() + block_gates("fp7_from_int4").total() +
         block_gates("fp7_from_fp4").total() + block_gates("fp7_mul").total();
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

double control_gates(Dataflow dataflow) {
  const std::map<std::string, int> pe{{"LANES", 1}, {"W", 24}, {"MODE", 1}};
  std::map<std::string, int> array = pe;
  array["ROWS"] = array["COLS"] = 1;
  if (dataflow != Dataflow::os) array["INDEX"] = 1;
  const bool os = dataflow == Dataflow::os;
  return block_gates(os ? "os_array" : "ws_array", array).total() - block_gates(os ? "os_pe" : "ws_pe", pe).total();
}

std::uint32_t random_bits(const QuantizerConfig& quantizer) { return quantizer.rng_bits.value_or(16); }

BlockGates luq_block(const QuantizerConfig& quantizer) {
  return block_gates(
      "luq_lane", {{"B", static_cast<int>(random_bits(quantizer))}, {"POW2", quantizer.alpha == Alpha::pow2 ? 1 : 0}});
}

BlockGates sawb_block() { return block_gates("sawb_lane", {{"UNSIGNED", 0}, {"POW2", 0}}); }
BlockGates statistics_block() { return block_gates("max_abs", {{"WIDTH", 16}, {"INDEX", 32}}); }

double random_gates(const QuantizerConfig& quantizer, double elements_per_cycle) {
  const std::uint32_t bits = random_bits(quantizer);
  if (quantizer.rng == Rng::philox)
    return std::ceil(elements_per_cycle * bits * philox_clocks / 128) * block_gates("philox").total();
  const int steps = bits <= 4 ? 4 : bits <= 8 ? 8 : 16;  // the register that is synthesised and has enough
  return elements_per_cycle * block_gates("lfsr16", {{"STEPS", steps}}).total();
}

}  // namespace luqsim

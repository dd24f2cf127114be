#include "luqsim/arch/energy.h"

#include <cmath>

#include "block_choice.h"

namespace luqsim {
namespace {

// M. Horowitz, "Computing's energy problem (and what we can do about it)", ISSCC 2014: 45 nm, 0.9 V, in pJ.
constexpr double int32_add = 0.1, fp16_add = 0.4, fp32_add = 0.9;
constexpr double sram_8k_byte = 10.0 / 8;   // an access of 64 bits to 8 KB
constexpr double sram_1m_byte = 100.0 / 8;  // to 1 MB
constexpr double dram_byte = 1300.0 / 8;    // the lower of its 1.3 to 2.6 nJ for 64 bits
// Logic of random operands: its 8-bit multiplier, 0.2 pJ in 282 um2, in NAND2 equivalents of 0.798 um2.
constexpr double picojoules_per_gate = 0.2 / (282 / 0.798);

double accumulator_energy(const AccumulatorConfig& a) {
  const int bits = integer_bits(a.kind);
  if (bits > 0) return int32_add * bits / 32;
  switch (a.kind) {
    case AccumulatorKind::fp32:
      return fp32_add;
    case AccumulatorKind::chunk:
      return fp16_add * (1 + 1.0 / a.chunk_length);
    default:
      return fp16_add;  // bf16 as well: the table has none
  }
}

// Energy grows with the size as a power of it between the table's two points.
double sram_byte(const BufferConfig& buffer) {
  constexpr double small = 8 * 1024, large = 1024 * 1024;
  static const double exponent = std::log(sram_1m_byte / sram_8k_byte) / std::log(large / small);
  return sram_8k_byte * std::pow(static_cast<double>(buffer.slot_bytes()) / small, exponent);
}

// Of all products. In blocks: an integer of 16 bits for each sum of the lanes, the scales and the accumulator for each
// block, however many lanes share it.
double sum_energy(const Architecture& a, double macs) {
  const double sums = macs / a.array.lanes, sum = accumulator_energy(a.array.accumulator);
  const std::uint32_t block = operand_format_info(a.formats.forward).block;
  if (block == 0) return sums * sum;
  return sums * int32_add * 16 / 32 + macs / block * (sum + block_scale_gates(a.formats) * picojoules_per_gate);
}

double random_energy(const QuantizerConfig& q) {
  if (q.rng == Rng::lfsr16) return random_gates(q, 1).gates * picojoules_per_gate;
  constexpr double rounds = 10, bits = 128;
  return block_gates("philox").total() * picojoules_per_gate * rounds * random_bits(q) / bits;
}

}  // namespace

std::vector<EnergyItem> energy_breakdown(const Architecture& a, const EnergyEvents& e) {
  const auto n = [](std::uint64_t count) { return static_cast<double>(count); };
  const double lanes = a.array.lanes;
  const double macs = a.array.zero_skip == ZeroSkip::none ? n(e.macs) : n(e.active_macs);
  const Product product = e.backward ? a.array.bprop_product : a.array.fprop_product;
  const OperandFormatInfo &forward = operand_format_info(a.formats.forward),
                          &gradient = operand_format_info(a.formats.gradient);
  const double activity = e.a_toggle_rate + e.b_toggle_rate;  // 1 for random operands
  const double operand_bits = forward.bits + (e.backward ? gradient.bits : forward.bits);
  const double register_bits = n(e.macs) / lanes * (operand_bits * lanes + 4);
  const double adders = macs / lanes * (lanes - 1) * lane_adder_gates();
  return {
      {"products",
       (macs * product_block(product, a.array.accumulator).combinational * activity + adders) * picojoules_per_gate},
      {"accumulators", sum_energy(a, macs)},
      {"PE registers", register_bits * flip_flop_gates() * picojoules_per_gate * activity},
      {"quantizers", (n(e.gradient_codes) * quantizer_lane(a.formats.gradient, a.quantizer).combinational +
                      n(e.forward_codes) * quantizer_lane(a.formats.forward, a.quantizer).combinational +
                      (has_statistics(a.formats) ? n(e.measured_elements) : 0) * statistics_block().combinational) *
                         picojoules_per_gate},
      {"random numbers", gradient.stochastic ? n(e.drawn_codes) * random_energy(a.quantizer) : 0},
      {"scratchpads", n(e.sram_a_bytes) * sram_byte(a.a) + n(e.sram_b_bytes) * sram_byte(a.b) +
                          n(e.sram_out_bytes) * sram_byte(a.out)},
      {"dram", n(e.dram_bytes) * dram_byte},
  };
}

}  // namespace luqsim

#include "luqsim/arch/area.h"

#include <algorithm>
#include <cmath>

#include "block_choice.h"

namespace luqsim {
namespace {

// 28 nm: raw gate density 3,900 kGate/mm2 and SRAM cell 0.127 um2 (TSMC, Symposium on VLSI Technology 2009).
// 7 nm: NAND2 of 3 contacted poly pitches (57 nm) by 6 tracks (240 nm), as WikiChip's page of the process has them.
constexpr double gate_28nm = 1e6 / 3.9e6, gate_7nm = 3 * 0.057 * 0.240;
constexpr double sram_cell_28nm = 0.127;
// Of a macro's area; the rest is its periphery. A common rule for macros of some kilobytes, not measured.
constexpr double sram_array_efficiency = 0.6;
constexpr double sram_bit_gates = sram_cell_28nm / sram_array_efficiency / gate_28nm;

// Bits of the PE's registers that pass operands on, with valid, first and last; and of one skewed word.
struct ArrayBits {
  double pe = 0, second = 0, skew = 0;
};

ArrayBits array_bits(const Architecture& architecture) {
  const ArrayConfig& a = architecture.array;
  // Either operand may be a gradient.
  const OperandFormatInfo &forward = operand_format_info(architecture.formats.forward),
                          &gradient = operand_format_info(architecture.formats.gradient);
  const double scale = forward.block > 0 ? 8 : 0;
  const double rows = a.rows, cols = a.cols,
               codes = static_cast<double>(std::max(forward.bits, gradient.bits)) * a.lanes + scale;
  const auto skew = [](double lines, double bits) { return lines * (lines - 1) / 2 * bits; };
  const double sum = accumulator_bits(a.accumulator.kind);
  if (keeps_outputs(a.dataflow))
    return {2 * codes + 4, a.double_buffered_accumulators ? sum : 0, skew(rows, codes + 3) + skew(cols, codes + 1)};
  constexpr double hops = 9;
  // Moving codes with their flags; the stationary codes; their way down. Sums enter skewed too.
  return {2 * codes + 2 + hops, a.double_buffered_stationary ? codes : 0,
          skew(rows, codes + 2) + skew(cols, codes + hops) + skew(cols, sum)};
}

// A lane for each kind of operand; one where both have a format of the same lane.
PartGates lane_gates(const Architecture& a, double samples) {
  const FormatConfig& f = a.formats;
  const PartGates gradient = of_copies(samples, quantizer_lane(f.gradient, a.quantizer));
  if (f.forward == f.gradient) return gradient;
  const BlockGates forward = quantizer_lane(f.forward, a.quantizer);
  return {gradient.gates + forward.total(), gradient.sequential + forward.sequential};
}

AreaItem item(const char* part, const PartGates& one, double copies = 1) {
  return {part, copies * one.gates, copies * one.sequential, 0};
}

AreaItem flip_flops(const char* part, double bits) {
  const double gates = bits * flip_flop_gates();
  return {part, gates, gates, 0};
}

AreaItem scratchpads(const Architecture& a) {
  const double gates = 8 * static_cast<double>(a.a.bytes + a.b.bytes + a.out.bytes) * sram_bit_gates;
  return {"scratchpads", gates, 0, gates};
}

}  // namespace

PeArea pe_area(const Architecture& architecture) {
  const PeParts pe = pe_parts(architecture);
  const std::uint32_t lanes = architecture.array.lanes;
  return {lanes * pe.products + (lanes - 1) * lane_adder_gates(), pe.block_scales, pe.accumulator, pe.sequential,
          pe.depth};
}

std::vector<AreaItem> area_breakdown(const Architecture& a) {
  const double pes = static_cast<double>(a.array.rows) * a.array.cols;
  const PeArea pe = pe_area(a);
  const ArrayBits bits = array_bits(a);
  // SMP in parallel has the LUQ lanes and their random numbers once for every sample.
  const double lanes = static_cast<double>(a.quantizer.units) * a.quantizer.lanes;
  const double copies = a.quantizer.smp == Smp::parallel ? a.quantizer.samples : 1;
  const bool draws = operand_format_info(a.formats.gradient).stochastic;
  std::vector<AreaItem> items{
      item("products", {pe.products}, pes),
      item("block scales", {pe.block_scales}, pes),
      item("accumulators", {pe.accumulator, pe.sequential}, pes),
      flip_flops("PE registers", pes * bits.pe),
      flip_flops("second registers", pes * bits.second),
      flip_flops("skew", bits.skew),
      item("control", control_gates(a.array.dataflow)),
      item("quantizers", lane_gates(a, copies), lanes),
      item("random numbers", draws ? random_gates(a.quantizer, lanes * copies) : PartGates{}),
      item("statistics", of_copies(has_statistics(a.formats) ? lanes : 0, statistics_block())),
      scratchpads(a),
  };
  // Parts that a design never has: blocks, random numbers, quantizers.
  std::erase_if(items, [](const AreaItem& item) { return item.gates == 0; });
  return items;
}

double total_gates(const Architecture& architecture) {
  double total = 0;
  for (const AreaItem& item : area_breakdown(architecture)) total += item.gates;
  return total;
}

std::vector<SynthesisedPe> synthesised_pes() {
  const auto pe = [](std::string name, Product product, AccumulatorKind kind) {
    const BlockGates block = single_product_pe(product, {.kind = kind});
    return SynthesisedPe{std::move(name), block.combinational, block.sequential, block.depth};
  };
  std::vector<SynthesisedPe> pes{pe("standard + fp32", Product::fp7_mul, AccumulatorKind::fp32),
                                 pe("MF-BPROP + fp32", Product::mf_bprop, AccumulatorKind::fp32),
                                 pe("MF-BPROP + fp16", Product::mf_bprop, AccumulatorKind::fp16),
                                 pe("shift + int24", Product::shift, AccumulatorKind::int24)};
  const BlockGates dual = dual_pe({.kind = AccumulatorKind::int24});
  pes.push_back({"dual mode + int24", dual.combinational, dual.sequential, dual.depth});
  return pes;
}

std::vector<PaperEstimate> paper_estimates() {
  const auto block = [](const char* name, const std::map<std::string, int>& parameters = {}) {
    return block_gates(name, parameters).total();
  };
  // arXiv 2112.10769, appendix A.8, as recalled.
  return {{"casts + FP7 multiplier", 264, hierarchical_product_gates()},
          {"MF-BPROP", 49, block("mf_bprop")},
          {"fp32 accumulator", 2453, block("fp_sum", {{"EXP", 8}, {"MAN", 23}})},
          {"fp16 accumulator", 731, block("fp_sum", {{"EXP", 5}, {"MAN", 10}})}};
}

std::vector<Technology> technologies() { return {{"28 nm", gate_28nm}, {"7 nm", gate_7nm}}; }

}  // namespace luqsim

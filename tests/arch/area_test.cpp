// The proxies of area and energy.
#include "luqsim/arch/area.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "luqsim/arch/energy.h"

namespace luqsim {
namespace {

namespace fs = std::filesystem;

struct Accumulator {
  double bits, picojoules;  // of its register; of an addition, by docs/area.md's source
};

Accumulator accumulator(const Architecture& a) {
  const AccumulatorConfig& config = a.array.accumulator;
  const double integer = integer_bits(config.kind);
  if (integer > 0) return {integer, 0.1 * integer / 32};
  if (config.kind == AccumulatorKind::fp32) return {32, 0.9};
  if (config.kind == AccumulatorKind::chunk) return {2 * 16, 0.4 + 0.4 / config.chunk_length};
  return {16, 0.4};
}

AreaItem item_of(const Architecture& a, const std::string& part) {
  for (const AreaItem& item : area_breakdown(a))
    if (item.part == part) return item;
  throw std::out_of_range("no area of " + part);
}

double gates_of(const Architecture& a, const std::string& part) { return item_of(a, part).gates; }

constexpr double flip_flop = 5.67;

// Every part is there, and those made of flip-flops and memory cells have theirs, of four-bit operands: counted here.
void expect_area(const Architecture& a) {
  std::vector<std::string> parts;
  for (const AreaItem& item : area_breakdown(a)) {
    parts.push_back(item.part);
    ASSERT_GT(item.gates, 0) << item.part;
    ASSERT_GE(item.combinational(), 0) << item.part;
    const double flip_flops = item.sequential / flip_flop;
    ASSERT_NEAR(flip_flops, std::round(flip_flops), 1e-6) << item.part;
  }
  ASSERT_EQ(parts, (std::vector<std::string>{"products", "accumulators", "PE registers", "second registers", "skew",
                                             "control", "quantizers", "random numbers", "statistics", "scratchpads"}));
  const bool os = a.array.dataflow == Dataflow::os;
  const double pes = a.array.rows * a.array.cols, codes = 4.0 * a.array.lanes;
  ASSERT_DOUBLE_EQ(gates_of(a, "PE registers"), pes * flip_flop * (2 * codes + (os ? 4 : 11)));
  ASSERT_DOUBLE_EQ(gates_of(a, "second registers"), pes * flip_flop * (os ? accumulator(a).bits : codes));
  ASSERT_DOUBLE_EQ(gates_of(a, "products"), pes * pe_area(a).products);
  ASSERT_DOUBLE_EQ(gates_of(a, "accumulators"), pes * pe_area(a).accumulator);
  const double bytes = static_cast<double>(a.a.bytes + a.b.bytes + a.out.bytes);
  ASSERT_NEAR(gates_of(a, "scratchpads"), 8 * bytes * 0.127 / 0.6 * 3.9, 1e-6);
}

// Of 100 MACs, half of them of zeros, and 10 bytes of DRAM at 1300 pJ for 8; nothing was quantized or read otherwise.
void expect_energy(const Architecture& a) {
  std::map<std::string, double> energy;
  for (const EnergyItem& item : energy_breakdown(a, {.macs = 100, .active_macs = 50, .dram_bytes = 10}))
    energy[item.part] = item.picojoules;
  ASSERT_EQ(energy.size(), 7U);
  ASSERT_DOUBLE_EQ(energy["accumulators"], 100 * accumulator(a).picojoules);
  ASSERT_DOUBLE_EQ(energy["dram"], 10 * 1300.0 / 8);
  ASSERT_GT(energy["products"], 0);
  ASSERT_GT(energy["PE registers"], 0);
  for (const char* part : {"quantizers", "random numbers", "scratchpads"}) ASSERT_EQ(energy[part], 0) << part;
}

// Flip-flops counted in arch/rtl, logic from gates.yaml, of the default design: 1024 PEs, 32 lanes of 16 random bits.
TEST(Area, PartsAreLogicFlipFlopsAndMemory) {
  const Architecture a = load_architecture(LUQSIM_CONFIGS "/arch/default.yaml");
  const auto expect = [&](const char* part, double logic, double flip_flops) {
    const AreaItem item = item_of(a, part);
    EXPECT_NEAR(item.combinational(), logic, 1e-6) << part;
    EXPECT_NEAR(item.sequential, flip_flops * flip_flop, 1e-6) << part;
    EXPECT_EQ(item.sram, 0) << part;
  };
  expect("products", 1024 * 169.91, 0);
  expect("accumulators", 1024 * (409.81 - 169.91), 1024 * (24 + 1));  // the sum and valid
  expect("PE registers", 0, 1024 * 12);
  expect("second registers", 0, 1024 * 24);
  expect("skew", 0, 32 * 31 / 2 * (7 + 5));
  expect("control", 809.17 - 419.23, (453.60 - 340.20) / flip_flop);
  expect("quantizers", 32 * (1780.04 + 1578.06), 0);
  expect("random numbers", 40 * 8238.70, 40 * 196);
  expect("statistics", 32 * 284.15, 32 * 47);
  const AreaItem memory = item_of(a, "scratchpads");
  EXPECT_EQ(memory.sram, memory.gates);
  EXPECT_EQ(memory.combinational(), 0);
  EXPECT_EQ(memory.sequential, 0);
}

TEST(Area, TheExactKOfEveryDesign) {
  const std::map<std::string, std::optional<std::uint64_t>> wanted{
      {"default", 18724},     {"shift-dot16", 18724}, {"standard-fp32", 37449}, {"mf-bprop-fp32", 37449},
      {"mf-bprop-fp16", 4},   {"radix4", 0},          {"int8", 133144},         {"int4-fp8", std::nullopt},
      {"fp8", std::nullopt},  {"bf16", std::nullopt}, {"fp32", std::nullopt},   {"mxfp4", std::nullopt},
      {"nvfp4", std::nullopt}};
  std::size_t designs = 0;
  for (const auto& file : fs::directory_iterator(LUQSIM_CONFIGS "/arch")) {
    const std::string name = file.path().stem();
    ++designs;
    ASSERT_TRUE(wanted.contains(name)) << name;
    EXPECT_EQ(exact_terms(load_architecture(file.path())), wanted.at(name)) << name;
  }
  EXPECT_EQ(designs, wanted.size());
  Architecture a = load_architecture(LUQSIM_CONFIGS "/arch/default.yaml");
  EXPECT_EQ(largest_product(a.formats), 448U);
  a.array.accumulator.kind = AccumulatorKind::int16;
  EXPECT_EQ(exact_terms(a), 73U);
  a = load_architecture(LUQSIM_CONFIGS "/arch/radix4.yaml");
  EXPECT_EQ(largest_product(a.formats), 57344U);
  a.array.accumulator.kind = AccumulatorKind::int24;
  EXPECT_EQ(exact_terms(a), 146U) << "of the odd phase";
}

TEST(Area, ThePapersEstimatesStandBesideSynthesis) {
  const std::vector<PaperEstimate> estimates = paper_estimates();
  const std::vector<std::tuple<std::string, double, double>> wanted{{"casts + FP7 multiplier", 264, 16.66 + 3 + 53.28},
                                                                    {"MF-BPROP", 49, 45.98},
                                                                    {"fp32 accumulator", 2453, 1591.21 + 181.44},
                                                                    {"fp16 accumulator", 731, 731.34 + 90.72}};
  ASSERT_EQ(estimates.size(), wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const auto& [block, paper, synthesised] = wanted[i];
    EXPECT_EQ(estimates[i].block, block);
    EXPECT_EQ(estimates[i].paper, paper) << block;
    EXPECT_NEAR(estimates[i].synthesised, synthesised, 1e-9) << block;
  }
}

TEST(Area, GrowsWithTheArrayAndShrinksWithTheAccumulator) {
  Architecture small = load_architecture(LUQSIM_CONFIGS "/arch/default.yaml"), wide = small, floating = small;
  wide.array.cols *= 2;
  floating.array.accumulator.kind = AccumulatorKind::fp32;
  EXPECT_GT(total_gates(wide), total_gates(small));
  EXPECT_GT(total_gates(floating), total_gates(small));
}

TEST(Area, EveryDesignThatTheKeysAllowHasItsBlocks) {
  std::vector<Product> traced_products;
  for (const std::string_view name : EnumNames<Product>::names)
    if (const Product p = *from_name<Product>(name); takes(p, OperandFormat::int4, OperandFormat::fp4_e3m0))
      traced_products.push_back(p);
  ASSERT_GE(traced_products.size(), 3U);
  Architecture a = load_architecture(LUQSIM_CONFIGS "/arch/default.yaml");
  for (const Dataflow dataflow : {Dataflow::os, Dataflow::ws, Dataflow::is})
    for (const std::string_view accumulator : EnumNames<AccumulatorKind>::names)
      for (const Overflow overflow : {Overflow::wrap, Overflow::saturate})
        for (const Product product : traced_products)
          for (const Rng rng : {Rng::philox, Rng::lfsr16})
            for (const std::uint32_t bits : {1U, 4U, 7U, 16U})
              for (const Alpha alpha : {Alpha::max, Alpha::pow2}) {
                a.array.dataflow = dataflow;
                a.array.accumulator.kind = *from_name<AccumulatorKind>(accumulator);
                a.array.accumulator.overflow = overflow;
                a.array.bprop_product = product;
                a.quantizer.rng = rng;
                a.quantizer.rng_bits = bits;
                a.quantizer.alpha = alpha;
                SCOPED_TRACE(std::string(accumulator) + " " + std::string(name_of(product)));
                ASSERT_NO_FATAL_FAILURE(expect_area(a));
                ASSERT_NO_FATAL_FAILURE(expect_energy(a));
              }
}

// Serial samples pass the same lanes again.
TEST(Area, SamplesInParallelHaveLanesAndRandomNumbersOfTheirOwn) {
  Architecture a = load_architecture(LUQSIM_CONFIGS "/arch/default.yaml");
  a.quantizer.rng = Rng::lfsr16;
  const double lanes = gates_of(a, "quantizers"), random = gates_of(a, "random numbers"), total = total_gates(a);
  a.quantizer.samples = 4;
  EXPECT_EQ(total_gates(a), total);
  a.quantizer.smp = Smp::parallel;
  EXPECT_DOUBLE_EQ(gates_of(a, "random numbers"), 4 * random);
  const double four = gates_of(a, "quantizers");
  EXPECT_DOUBLE_EQ(total_gates(a) - total, four - lanes + 3 * random);
  a.quantizer.samples = 2;
  EXPECT_GT(gates_of(a, "quantizers"), lanes);
  EXPECT_DOUBLE_EQ(four - lanes, 3 * (gates_of(a, "quantizers") - lanes)) << "the forward operand's lanes stay";
}

double energy_of(const Architecture& a, const EnergyEvents& events, const std::string& part) {
  for (const EnergyItem& item : energy_breakdown(a, events))
    if (item.part == part) return item.picojoules;
  throw std::out_of_range("no energy of " + part);
}

// Lanes share an integer sum; a block's scales and addition are its own, whatever the lanes.
TEST(Energy, OfABlocksSumDoesNotDependOnLanes) {
  const EnergyEvents events{.macs = 3200, .active_macs = 3200};
  for (const auto& [name, block] : {std::pair("mxfp4", 32), std::pair("nvfp4", 16)}) {
    Architecture a = load_architecture(LUQSIM_CONFIGS "/arch/" + std::string(name) + ".yaml");
    const auto of_lanes = [&](std::uint32_t lanes) {
      a.array.lanes = lanes;
      return energy_of(a, events, "accumulators");
    };
    const double integer = 0.05;  // pJ, of 16 bits
    const double blocks = of_lanes(1) - 3200 * integer;
    EXPECT_GT(blocks, 3200.0 / block * 0.9) << "a fp32 addition and the scales";
    EXPECT_NEAR(of_lanes(16), 200 * integer + blocks, 1e-9);
  }
}

TEST(Energy, NoMaximumIsTakenWhereNoneIsNeeded) {
  const EnergyEvents events{.measured_elements = 100};
  EXPECT_EQ(energy_of(load_architecture(LUQSIM_CONFIGS "/arch/bf16.yaml"), events, "quantizers"), 0);
  EXPECT_GT(energy_of(load_architecture(LUQSIM_CONFIGS "/arch/default.yaml"), events, "quantizers"), 0);
}

TEST(Area, EveryBundledDesignHasItsBlocksWithEveryAccumulator) {
  for (const auto& file : fs::directory_iterator(LUQSIM_CONFIGS "/arch")) {
    Architecture a = load_architecture(file.path());
    for (const std::string_view accumulator : EnumNames<AccumulatorKind>::names)
      for (const Overflow overflow : {Overflow::wrap, Overflow::saturate})
        for (const std::uint32_t bits : {1U, 7U, 16U}) {
          if (!sums(a.array.bprop_product, *from_name<AccumulatorKind>(accumulator))) continue;
          a.array.accumulator.kind = *from_name<AccumulatorKind>(accumulator);
          a.array.accumulator.overflow = overflow;
          a.quantizer.rng_bits = bits;
          for (const AreaItem& item : area_breakdown(a))
            ASSERT_GT(item.gates, 0) << item.part << " of " << a.name << " with " << accumulator;
          for (const bool backward : {false, true})
            for (const EnergyItem& item : energy_breakdown(
                     a,
                     {.backward = backward, .macs = 100, .active_macs = 100, .gradient_codes = 10, .drawn_codes = 10}))
              ASSERT_GE(item.picojoules, 0) << item.part << " of " << a.name;
        }
  }
}

TEST(Area, OnlyBlockScaledDesignsHaveBlockScales) {
  const auto has = [](const char* name, const char* part) {
    const auto items = area_breakdown(load_architecture(fs::path(LUQSIM_CONFIGS "/arch") / name));
    return std::ranges::find(items, part, &AreaItem::part) != items.end();
  };
  EXPECT_TRUE(has("nvfp4.yaml", "block scales"));
  EXPECT_FALSE(has("default.yaml", "block scales"));
  EXPECT_FALSE(has("fp32.yaml", "quantizers"));
  EXPECT_FALSE(has("fp8.yaml", "random numbers"));
}

// An architect's question: what does the exact integer accumulator save, what the product.
TEST(Area, TheAccumulatorDominatesThePe) {
  Architecture standard, bprop, shift;
  standard.array.lanes = bprop.array.lanes = shift.array.lanes = 1;
  standard.array.bprop_product = Product::fp7_mul;
  bprop.array.bprop_product = Product::mf_bprop;
  standard.array.accumulator.kind = bprop.array.accumulator.kind = AccumulatorKind::fp32;
  shift.array.accumulator.kind = AccumulatorKind::int24;
  const PeArea s = pe_area(standard), b = pe_area(bprop), i = pe_area(shift);
  EXPECT_GT(s.accumulator, 8 * s.products);
  EXPECT_LT(s.total() / b.total(), 1.05);
  EXPECT_GT(s.total() / i.total(), 3.0);
  EXPECT_LT(s.total() / i.total(), 3.6);
}

// Philox: its gates, ten rounds for 128 bits. Numbers that are read cost what their bytes do, counted elsewhere.
TEST(Energy, RandomNumbersCostWhereTheyAreMade) {
  const Architecture a = load_architecture(LUQSIM_CONFIGS "/arch/default.yaml");
  const auto random = [&](const EnergyEvents& events) {
    for (const EnergyItem& item : energy_breakdown(a, events))
      if (item.part == "random numbers") return item.picojoules;
    throw std::out_of_range("no random numbers");
  };
  EXPECT_EQ(random({.gradient_codes = 800}), 0);
  EXPECT_GT(random({.gradient_codes = 800, .drawn_codes = 100}), 0);
  EXPECT_DOUBLE_EQ(random({.gradient_codes = 800, .drawn_codes = 800}), 8 * random({.drawn_codes = 100}));
}

TEST(Energy, GatingSavesTheProductsOfZeros) {
  Architecture a = load_architecture(LUQSIM_CONFIGS "/arch/default.yaml");
  const EnergyEvents events{.macs = 1000, .active_macs = 250};
  const auto products = [&] { return energy_breakdown(a, events)[0].picojoules; };
  const double dense = products();
  a.array.zero_skip = ZeroSkip::gate;
  EXPECT_NEAR(products(), dense / 4, 1e-9);
  // int4_mul of random operands, from the table's 8-bit multiplier.
  EXPECT_NEAR(dense, 1000 * 87.33 * 0.2 / (282 / 0.798), 0.1);
}

}  // namespace
}  // namespace luqsim

#include <memory>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "luqsim/arch/area.h"
#include "luqsim/reports/report.h"

#include "commands.h"

namespace luqsim {
namespace {

namespace json = boost::json;

struct AreaOptions {
  std::vector<std::string> architectures{default_architecture};
  std::vector<std::string> overrides;
  bool json = false;
};

void print_item(const AreaItem& item, double total) {
  const auto kind = [](double gates) { return gates == 0 ? "-" : si(gates) + "GE"; };
  fmt::print("  {:18}{:>12} {:5.1f}%{:>17}{:>14}{:>12}\n", item.part, kind(item.gates), 100 * item.gates / total,
             kind(item.combinational()), kind(item.sequential), kind(item.sram));
}

std::string exactness(const Architecture& a) {
  const auto terms = exact_terms(a);
  if (!terms) return "no exact K, products are floating point and their sums round";
  return fmt::format("exact K {}, with products up to {}", grouped(*terms), largest_product(a.formats));
}

void print_design(const Architecture& a) {
  const double total = total_gates(a);
  fmt::print("{}: {}GE (NAND2 equivalents, a proxy)\n", a.name, si(total));
  fmt::print("  {:18}{:>12} {:>6}{:>17}{:>14}{:>12}\n", "part", "area", "share", "combinational", "sequential", "SRAM");
  AreaItem sum{"sum"};
  for (const AreaItem& item : area_breakdown(a)) {
    print_item(item, total);
    sum.gates += item.gates;
    sum.sequential += item.sequential;
    sum.sram += item.sram;
  }
  print_item(sum, total);
  for (const Technology& t : technologies())
    fmt::print("  about {:.3g} mm2 in {}\n", total * t.square_micrometers_per_gate * 1e-6, t.name);
  fmt::print("  accumulator {}: {}\n\n", name_of(a.array.accumulator.kind), exactness(a));
}

void print_estimates() {
  fmt::print("\n{:26}{:>10}{:>14}\n", "block by itself", "paper *", "synthesised");
  for (const PaperEstimate& e : paper_estimates())
    fmt::print("{:26}{:>10.0f}{:>14.0f}\n", e.block, e.paper, e.synthesised);
  fmt::print("* gates as the paper estimates them (arXiv 2112.10769, appendix A.8, as recalled, not re-read)\n");
}

// The synthesised PEs, then those of the designs; each beside the smallest figure that a FP32 accumulator allows.
void print_pes(const std::vector<Architecture>& designs) {
  const auto pes = synthesised_pes();
  const double reference = pes.front().combinational + pes.front().sequential;
  fmt::print("{:26}{:>10}{:>12}{:>8}{:>20}\n", "PE, int4 x fp4", "logic", "registers", "depth", "standard + fp32");
  for (const SynthesisedPe& pe : pes)
    fmt::print("{:26}{:>10.0f}{:>12.0f}{:>8}{:>19.2f}x\n", pe.name, pe.combinational, pe.sequential, pe.depth,
               reference / (pe.combinational + pe.sequential));
  print_estimates();
  fmt::print("\n{:26}{:>10}{:>14}{:>14}{:>8}\n", "PE, with all its products", "products", "block scales", "accumulator",
             "GE");
  for (const Architecture& a : designs) {
    const PeArea pe = pe_area(a);
    fmt::print("{:26}{:>10.0f}{:>14.0f}{:>14.0f}{:>8.0f}\n", a.name, pe.products, pe.block_scales, pe.accumulator,
               pe.total());
  }
}

void print_json(const std::vector<Architecture>& designs) {
  json::array all, estimates;
  for (const PaperEstimate& e : paper_estimates())
    estimates.push_back({{"block", e.block}, {"paper", e.paper}, {"synthesised", e.synthesised}});
  for (const Architecture& a : designs) {
    json::object parts, kinds;
    for (const AreaItem& item : area_breakdown(a)) {
      parts[item.part] = item.gates;
      kinds[item.part] = {
          {"combinational", item.combinational()}, {"sequential", item.sequential}, {"sram", item.sram}};
    }
    const PeArea pe = pe_area(a);
    all.push_back({{"architecture", a.name},
                   {"gates", total_gates(a)},
                   {"parts", parts},
                   {"kinds", kinds},
                   {"accumulator", name_of(a.array.accumulator.kind)},
                   {"exact_terms", json::value_from(exact_terms(a))},
                   {"paper_estimates", estimates},
                   {"pe",
                    {{"products", pe.products},
                     {"block_scales", pe.block_scales},
                     {"accumulator", pe.accumulator},
                     {"sequential", pe.sequential},
                     {"depth", pe.depth}}}});
  }
  fmt::print("{}\n", json::serialize(all));
}

void run(const AreaOptions& options) {
  std::vector<Architecture> designs;
  for (const std::string& name : options.architectures)
    designs.push_back(load_architecture(find_design(name), options.overrides, find_design));
  if (options.json) return print_json(designs);
  for (const Architecture& a : designs) print_design(a);
  print_pes(designs);
}

}  // namespace

void add_area_command(CLI::App& app) {
  auto options = std::make_shared<AreaOptions>();
  CLI::App* command = app.add_subcommand("area", "Show what a design's area is made of; several designs are compared");
  command->add_option("ARCH", options->architectures, "Architecture YAML files, or names of bundled designs")
      ->capture_default_str();
  command->add_option("--set", options->overrides, "Replace a key of the architectures: array.rows=64")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  command->add_flag("--json", options->json, "Print as JSON");
  command->footer("Example: luqsim area standard-fp32 mf-bprop-fp32 default");
  command->callback([options] { run(*options); });
}

}  // namespace luqsim

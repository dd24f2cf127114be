#include <algorithm>
#include <memory>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "luqsim/reports/report.h"
#include "luqsim/traces/inspect.h"

#include "commands.h"
#include "workload.h"

namespace luqsim {
namespace {

namespace json = boost::json;

struct InspectOptions {
  WorkloadOptions workload;
  bool json = false;
};

std::string quantizer_text(const Operand& operand) {
  if (!operand.quantization) return "no quantizer";
  const auto* luq = std::get_if<LuqQuantization>(&*operand.quantization);
  if (luq == nullptr) return "sawb";
  return fmt::format("{} alpha={} E={} B={}{}", name_of(luq->config.rounding), name_of(luq->config.alpha),
                     luq->config.top_exponent, luq->config.random_bits, luq->estimate ? " hindsight" : "");
}

// Of the sums: "exact", or the tensor core that rounded them.
std::string sums_text(const Record& record) {
  if (!record.dot_model) return "exact";
  if (const auto* preset = std::get_if<DotPreset>(&*record.dot_model)) return std::string(name_of(*preset));
  const auto& custom = std::get<CustomDotModel>(*record.dot_model);
  return fmt::format("{} tensor core, F={} K={} chain={}", name_of(custom.format), custom.model.fraction_bits,
                     custom.model.terms, custom.model.chain);
}

void print_operand(const Trace& trace, const char* name, const Operand& operand) {
  fmt::print("  {} {:9} {} x {} {}, {}, scale {:.6g}, source {}\n", name, name_of(operand.format), operand.rows,
             operand.cols, name_of(operand.view), quantizer_text(operand), operand.scale,
             operand.source.empty() ? "none" : operand.source);
  for (std::size_t s = 0; s < operand.codes.size(); ++s) {
    const CodeStatistics statistics = code_statistics(trace.codes(operand, s));
    fmt::print("    codes {}: {:.1f}% zero; by code 0..15:", operand.codes[s], 100 * statistics.zero_fraction());
    for (const std::uint64_t count : statistics.histogram) fmt::print(" {}", count);
    fmt::print("\n");
  }
}

// Layers by shape have a network and nothing that was recorded.
std::string provenance_text(const Trace& trace) {
  const Provenance& p = trace.provenance();
  if (p.device.empty() && std::ranges::all_of(trace.records(), &Record::shape_only))
    return fmt::format("network {}, shapes only", p.network);
  return fmt::format("recorded on {} ({}), network {}, dataset {}, seed {}, kernels {}, {}, revision {}", p.backend,
                     p.device, p.network, p.dataset, p.seed, p.kernels, p.date, p.revision);
}

void print_text(const Trace& trace) {
  fmt::print("{}: {}{} records\n{}\n", trace.path().string(),
             trace.file_bytes() == 0 ? "" : fmt::format("{} bytes, ", trace.file_bytes()), trace.records().size(),
             provenance_text(trace));
  for (const Record& r : trace.records()) {
    fmt::print("\n{}: layer {}, step {}, {}, M {} N {} K {}, {}\n", r.id, r.layer, r.step, name_of(r.pass), r.m, r.n,
               r.k, r.shape_only() ? "shape only" : "sums " + sums_text(r));
    print_operand(trace, "a", r.a);
    print_operand(trace, "b", r.b);
  }
}

json::object operand_json(const Trace& trace, const Operand& operand) {
  json::array samples;
  for (std::size_t s = 0; s < operand.codes.size(); ++s) {
    const CodeStatistics statistics = code_statistics(trace.codes(operand, s));
    samples.push_back({{"codes", operand.codes[s]},
                       {"zero_fraction", statistics.zero_fraction()},
                       {"histogram", json::array(statistics.histogram.begin(), statistics.histogram.end())}});
  }
  return {{"format", name_of(operand.format)},    {"rows", operand.rows},   {"cols", operand.cols},
          {"view", name_of(operand.view)},        {"scale", operand.scale}, {"source", operand.source},
          {"quantizer", quantizer_text(operand)}, {"samples", samples}};
}

void print_json(const Trace& trace) {
  json::array records;
  for (const Record& r : trace.records())
    records.push_back({{"id", r.id},
                       {"layer", r.layer},
                       {"step", r.step},
                       {"pass", name_of(r.pass)},
                       {"m", r.m},
                       {"n", r.n},
                       {"k", r.k},
                       {"sums", sums_text(r)},
                       {"a", operand_json(trace, r.a)},
                       {"b", operand_json(trace, r.b)}});
  const Provenance& p = trace.provenance();
  const json::object root{{"file", trace.path().string()},
                          {"bytes", trace.file_bytes()},
                          {"backend", p.backend},
                          {"device", p.device},
                          {"network", p.network},
                          {"dataset", p.dataset},
                          {"seed", p.seed},
                          {"date", p.date},
                          {"records", records}};
  fmt::print("{}\n", json::serialize(root));
}

}  // namespace

void add_inspect_command(CLI::App& app) {
  auto options = std::make_shared<InspectOptions>();
  CLI::App* command =
      app.add_subcommand("inspect", "Show what a trace holds: records, shapes, formats, code histograms");
  options->workload.add_to(*command);
  command->add_flag("--json", options->json, "Print as JSON");
  command->footer("Example: luqsim inspect my-run.safetensors");
  command->callback([options] {
    const Trace trace = options->workload.open();
    options->json ? print_json(trace) : print_text(trace);
  });
}

}  // namespace luqsim

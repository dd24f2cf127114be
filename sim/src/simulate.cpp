#include "luqsim/sim/simulate.h"

#include <exception>
#include <map>
#include <string>
#include <vector>

#include <omp.h>

#include "luqsim/arch/area.h"

#include "context.h"
#include "controller.h"
#include "scalesim.h"
#include "summary.h"
#include "supported.h"
#include "waveforms.h"

namespace luqsim {
namespace {

std::map<std::string, std::string> provenance_map(const Provenance& p) {
  return {{"backend", p.backend}, {"device", p.device},
          {"driver", p.driver},   {"cuda", p.cuda},
          {"kernels", p.kernels}, {"network", p.network},
          {"dataset", p.dataset}, {"revision", p.revision},
          {"date", p.date},       {"seed", std::to_string(p.seed)}};
}

std::vector<RecordResult> run_model(const Architecture& architecture, const Trace& trace,
                                    const SimulateOptions& options) {
  check_supported(architecture, trace);
  // Folds are too small for oneDNN to share between threads, and its threads collapse when other programs compete.
  omp_set_num_threads(1);
  fresh_context();
  std::exception_ptr error;
  Waveforms waveforms(options.waveforms);
  const UnitContext context{[&error] {
                              error = std::current_exception();
                              end_simulation();
                            },
                            options.timeline, waveforms.file()};
  Accelerator accelerator(architecture, options.fidelity, context);
  Controller controller(context, architecture, trace, accelerator, options.progress);
  run_to_the_end();
  if (error) std::rethrow_exception(error);
  for (Unit* unit : accelerator.units()) unit->close_timeline();
  waveforms.close();
  return controller.take_results();
}

std::vector<RecordResult> run_scalesim(const Architecture& architecture, const Trace& trace,
                                       const SimulateOptions& options) {
  if (options.timeline != nullptr || !options.waveforms.empty())
    throw ArchitectureError(architecture.name +
                            ": compat: scalesim; it counts cycles by formulas and has no timeline and no waveforms; "
                            "wanted compat: none");
  std::vector<RecordResult> results;
  for (const Record& record : trace.records()) results.push_back(scalesim_record(architecture, record));
  return results;
}

void add_area(const Architecture& architecture, RunResult& result) {
  double gates = 0;
  for (const AreaItem& item : area_breakdown(architecture)) {
    result.area.push_back({item.part, item.gates, item.combinational(), item.sequential, item.sram});
    gates += item.gates;
  }
  for (const PaperEstimate& e : paper_estimates()) result.paper_estimates.push_back({e.block, e.paper, e.synthesised});
  for (const Technology& t : technologies())
    result.square_millimeters[t.name] = gates * t.square_micrometers_per_gate * 1e-6;
}

}  // namespace

RunResult simulate(const Architecture& architecture, const Trace& trace, const SimulateOptions& options) {
  RunResult result;
  result.records = architecture.compat == Compat::scalesim ? run_scalesim(architecture, trace, options)
                                                           : run_model(architecture, trace, options);
  result.compat = name_of(architecture.compat);
  result.tool_version = LUQSIM_VERSION;
  result.architecture = architecture.name;
  result.trace_file = trace.path().string();
  result.trace_digest = trace.digest();
  result.provenance = provenance_map(trace.provenance());
  result.clock_ghz = architecture.clock_ghz;
  result.macs_per_cycle = architecture.array.macs_per_cycle();
  result.settings = architecture.settings;
  result.accumulator = name_of(architecture.array.accumulator.kind);
  result.exact_terms = exact_terms(architecture);
  add_area(architecture, result);
  summarize(result);
  return result;
}

}  // namespace luqsim

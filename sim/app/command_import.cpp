#include <memory>

#include <fmt/format.h>

#include "luqsim/traces/trace_writer.h"
#include "luqsim/traces/write_file.h"

#include "commands.h"
#include "workload.h"

namespace luqsim {
namespace {

struct ImportCommandOptions {
  WorkloadOptions workload;
  std::string output;
};

void import_workload(const ImportCommandOptions& options) {
  const Trace trace = options.workload.open();
  if (trace.file_bytes() > 0)
    throw TraceError(trace.path().string() + ": extension: a trace already; wanted .csv, .yaml, .yml or .onnx");
  check_no_input(options.output, std::vector{options.workload.file()});
  TraceWriter writer(options.output, trace.provenance());
  for (const Record& record : trace.records()) writer.add(record);
  writer.commit();
  fmt::print("{}: {} records\n", options.output, trace.records().size());
}

}  // namespace

void add_import_command(CLI::App& app) {
  auto options = std::make_shared<ImportCommandOptions>();
  CLI::App* command =
      app.add_subcommand("import", "Write layers by shape (SCALE-Sim topology, YAML, ONNX model) as a trace");
  options->workload.name.clear();
  options->workload.add_to(*command);
  command->get_option("TRACE")->required();
  command->add_option("-o,--output", options->output, "Trace to write (.safetensors)")->required();
  command->footer("Example: luqsim import resnet50 --batch 32 -o resnet50.safetensors");
  command->callback([options] { import_workload(*options); });
}

}  // namespace luqsim

#include "luqsim/import/import.h"

#include <boost/algorithm/string/case_conv.hpp>
#include <fmt/format.h>

#include "context.h"
#include "input.h"
#include "readers.h"
#include "records.h"

namespace luqsim {
namespace {

std::string extension(const std::filesystem::path& path) {
  return boost::algorithm::to_lower_copy(path.extension().string());
}

LayerList read_layers(const std::filesystem::path& file, std::optional<std::uint32_t> batch) {
  const std::string e = extension(file);
  if (e == ".csv") return read_csv(file);
  return e == ".onnx" ? read_onnx(file, batch) : read_yaml(file);
}

}  // namespace

bool is_importable(const std::filesystem::path& path) {
  const std::string e = extension(path);
  return e == ".csv" || e == ".yaml" || e == ".yml" || e == ".onnx";
}

Trace import_shapes(const std::filesystem::path& file, const ImportOptions& options) {
  const Context context{file.string(), ""};
  if (!is_importable(file))
    context.fail("extension", in_quotes(file.extension().string()), ".csv, .yaml, .yml or .onnx");
  if (options.passes.empty()) context.fail("passes", "none", "at least one of fprop, dgrad and wgrad");
  if (options.batch && (*options.batch < batch_range.min || *options.batch > batch_range.max))
    context.fail("batch", fmt::format("{}", *options.batch), wanted(batch_range));

  const LayerList list = read_layers(file, options.batch);
  const std::uint32_t batch = list.has_batch ? 1 : options.batch.value_or(list.batch.value_or(1));
  return Trace::of_shapes(
      file, {.backend = "cpu", .kernels = "shapes only", .network = list.network.value_or(file.stem().string())},
      make_records(list.layers, batch, options.passes));
}

Trace open_workload(const std::filesystem::path& file, std::uint32_t batch, const std::vector<std::string>& passes) {
  if (!is_importable(file)) {
    if (batch > 0 || !passes.empty())
      throw TraceError(file.string() +
                       ": a recorded trace; wanted layers by shape (.csv, .yaml, .onnx) with a batch and passes");
    return Trace::open(file);
  }
  ImportOptions options;
  if (batch > 0) options.batch = batch;
  if (!passes.empty()) {
    options.passes.clear();
    for (const std::string& name : passes) {
      const std::optional<Pass> pass = from_name<Pass>(name);
      if (!pass) Context{file.string(), ""}.fail("passes", in_quotes(name), "some of " + name_list<Pass>());
      options.passes.push_back(*pass);
    }
  }
  return import_shapes(file, options);
}

}  // namespace luqsim

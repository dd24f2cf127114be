// Workloads described by their layers alone, as traces without tensors: timing, no numerics.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "luqsim/traces/trace.h"

namespace luqsim {

struct ImportOptions {
  // The trace has these in training's order whatever their order here: every fprop, then, from the last layer to the
  // first, its dgrad and its wgrad.
  std::vector<Pass> passes = {Pass::fprop, Pass::dgrad, Pass::wgrad};
  // Instead of the file's; 1 when neither says. Multiplies every layer's M, or, where both operands are of one sample,
  // the number of its GEMMs. An ONNX model has it as the size of its inputs' first dimension, where that is open.
  std::optional<std::uint32_t> batch;
};

// True when import_shapes reads files with this extension: .csv, .yaml, .yml, .onnx.
bool is_importable(const std::filesystem::path& path);

// .csv: a SCALE-Sim topology, of convolutions or of GEMMs; its sparsity columns are ignored. .yaml: a list of layers.
// .onnx: a model, in a build with LUQSIM_ONNX; its shapes are inferred in a process of their own. A tensor has its
// quantization on the record that first needs it and nowhere else. Throws TraceError, naming line and column or field.
Trace import_shapes(const std::filesystem::path& file, const ImportOptions& options = {});

// Opens a recorded trace, or imports layers: `batch` (0: the file's) and `passes` (none: all) are for the latter only.
// Throws TraceError, for a name that is no pass too.
Trace open_workload(const std::filesystem::path& file, std::uint32_t batch, const std::vector<std::string>& passes);

}  // namespace luqsim

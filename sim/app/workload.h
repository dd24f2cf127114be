// What a run simulates: a recorded trace, or layers by their shapes alone.
#pragma once
#include <CLI/CLI.hpp>

#include "luqsim/import/import.h"

namespace luqsim {

inline constexpr const char* default_trace = "digits-mlp";

// The arguments TRACE, --batch and --passes of a command.
struct WorkloadOptions {
  std::string name = default_trace;
  std::uint32_t batch = 0;  // 0: the file's
  std::vector<std::string> passes;

  // `option`: what names the trace, a position or an option.
  void add_to(CLI::App& command, const std::string& option = "TRACE");
  std::filesystem::path file() const;
  // Opens a trace (.safetensors) or imports layers (.csv, .yaml, .onnx); the user's file or a bundled one. Throws
  // TraceError.
  Trace open() const;
};
}  // namespace luqsim

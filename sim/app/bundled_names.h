// Names of bundled files in place of the user's own, and what a name that is none may have meant.
#pragma once
#include <array>
#include <filesystem>
#include <string>

namespace luqsim {

struct BundledKind {
  const char* name;
  const char* one;  // of them
  const char* folder;
  const char* extension;
  const char* text;
};

inline constexpr std::array<BundledKind, 5> bundled_kinds{{
    {"designs", "design", "configs/arch", ".yaml", "run, compare, area"},
    {"traces", "trace", "traces/samples", ".safetensors", "run, compare, validate, inspect"},
    {"workloads", "workload", "configs/workloads", ".yaml", "layers by shape: run, compare, inspect, import"},
    {"sweeps", "sweep", "configs/sweeps", ".yaml", "sweep"},
    {"recipes", "recipe", "configs/train", ".toml", "luqtrain --recipe"},
}};

// The user's file or a bundled one. A name that is neither, and no path to a file that may be missing, is an
// ArchitectureError or, of traces and workloads, a TraceError: with the name that it may have meant.
std::filesystem::path find_design(const std::string& name);
std::filesystem::path find_sweep(const std::string& name);
std::filesystem::path find_trace(const std::string& name);           // or a workload
std::filesystem::path find_recorded_trace(const std::string& name);  // with codes, no layers by shape

}  // namespace luqsim

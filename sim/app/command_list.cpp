#include <array>
#include <memory>

#include <fmt/format.h>

#include "commands.h"

namespace luqsim {
namespace {

struct BundledKind {
  const char* name;
  const char* folder;
  const char* extension;
  const char* text;
};

constexpr std::array<BundledKind, 5> kinds{{
    {"designs", "configs/arch", ".yaml", "run, compare, area"},
    {"traces", "traces/samples", ".safetensors", "run, compare, validate, inspect"},
    {"workloads", "configs/workloads", ".yaml", "layers by shape: run, compare, inspect, import"},
    {"sweeps", "configs/sweeps", ".yaml", "sweep"},
    {"recipes", "configs/train", ".toml", "luqtrain --recipe"},
}};

void list(const std::string& wanted) {
  for (const BundledKind& kind : kinds) {
    if (wanted.empty()) fmt::print("{} ({}):\n", kind.name, kind.text);
    if (!wanted.empty() && wanted != kind.name) continue;
    for (const auto& file : all_bundled(kind.folder, kind.extension))
      fmt::print("{}{}\n", wanted.empty() ? "  " : "", file.stem().string());
  }
}

}  // namespace

void add_list_command(CLI::App& app) {
  auto wanted = std::make_shared<std::string>();
  CLI::App* command =
      app.add_subcommand("list", "List the names of bundled designs, traces, workloads, sweeps, recipes");
  std::vector<std::string> names;
  for (const BundledKind& kind : kinds) names.emplace_back(kind.name);
  command->add_option("KIND", *wanted, "Names of this kind alone, one a line")->check(CLI::IsMember(names));
  command->footer("Example: luqsim list designs");
  command->callback([wanted] { list(*wanted); });
}

}  // namespace luqsim

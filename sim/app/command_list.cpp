#include <memory>

#include <fmt/format.h>

#include "commands.h"

namespace luqsim {
namespace {

void list(const std::string& wanted) {
  for (const BundledKind& kind : bundled_kinds) {
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
  for (const BundledKind& kind : bundled_kinds) names.emplace_back(kind.name);
  command->add_option("KIND", *wanted, "Names of this kind alone, one a line")->check(CLI::IsMember(names));
  command->footer("Example: luqsim list designs");
  command->callback([wanted] { list(*wanted); });
}

}  // namespace luqsim

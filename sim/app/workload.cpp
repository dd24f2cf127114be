#include "workload.h"

#include "bundled_names.h"

namespace luqsim {

void WorkloadOptions::add_to(CLI::App& command, const std::string& option) {
  CLI::Option* added = command
                           .add_option(option, name,
                                       "Trace (.safetensors), SCALE-Sim topology (.csv), list of layers (.yaml), model "
                                       "(.onnx), or the name of a "
                                       "bundled one")
                           ->capture_default_str();
  if (option != "TRACE") added->type_name("TRACE");
  command.add_option("--batch", batch, "Layers by shape: batch size, instead of the file's")
      ->check(CLI::Range(1U, 1U << 24));
  command.add_option("--passes", passes, "Layers by shape: which of fprop,dgrad,wgrad; all unless given")
      ->delimiter(',')
      ->check(CLI::IsMember(std::vector<std::string>{EnumNames<Pass>::names.begin(), EnumNames<Pass>::names.end()}));
}

std::filesystem::path WorkloadOptions::file() const { return find_trace(name); }

Trace WorkloadOptions::open() const { return open_workload(file(), batch, passes); }

}  // namespace luqsim

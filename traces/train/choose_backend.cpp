#include "choose_backend.h"

#include <fstream>

#include <fmt/format.h>

#include "input_error.h"
#ifdef LUQTRAIN_CUDA
#include "cuda_backend.h"
#endif

namespace luqsim::train {
namespace {

std::string processor() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  return "unknown processor";
}

ChosenBackend cpu(std::optional<AccumulatorKind> accumulator) {
  return {make_cpu_backend(accumulator), {.backend = "cpu", .device = processor(), .kernels = "luqsim numerics"}};
}

ChosenBackend cuda() {
#ifdef LUQTRAIN_CUDA
  auto backend = make_cuda_backend();
  const CudaDescription d = describe_cuda();
  return {std::move(backend),
          {.backend = "cuda", .device = d.device, .driver = d.driver, .cuda = d.cuda, .kernels = d.kernels}};
#else
  throw InputError("--backend: cuda; this luqtrain was built without CUDA (LUQSIM_CUDA); wanted cpu");
#endif
}

}  // namespace

ChosenBackend choose_backend(BackendKind kind, std::optional<AccumulatorKind> accumulator) {
  if (kind == BackendKind::cpu) return cpu(accumulator);
  if (accumulator)
    throw InputError(fmt::format("--accumulator: {} with --backend cuda; wanted --backend cpu", name_of(*accumulator)));
  return cuda();
}

}  // namespace luqsim::train

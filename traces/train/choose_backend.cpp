#include "choose_backend.h"

#include <fstream>

#ifdef LUQTRAIN_CUDA
#include "cuda_backend.h"
#else
#include "input_error.h"
#endif

namespace luqsim::train {
namespace {

std::string processor() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  return "unknown processor";
}

ChosenBackend cpu() {
  return {make_cpu_backend(), {.backend = "cpu", .device = processor(), .kernels = "luqsim numerics"}};
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

ChosenBackend choose_backend(BackendKind kind) { return kind == BackendKind::cuda ? cuda() : cpu(); }

}  // namespace luqsim::train

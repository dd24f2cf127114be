#include "call.h"

#include <utility>

#include "luqsim_emulator/runtime_api.h"

namespace luqsim::emulator {
namespace {

thread_local cudaError_t last_error = cudaSuccess;

}  // namespace

cudaError_t Call::result(cudaError_t error) const {
  if (error != cudaSuccess && error != cudaErrorNotReady) last_error = error;
  return error;
}

}  // namespace luqsim::emulator

cudaError_t cudaGetLastError() { return std::exchange(luqsim::emulator::last_error, cudaSuccess); }

cudaError_t cudaPeekAtLastError() { return luqsim::emulator::last_error; }

const char* cudaGetErrorName(cudaError_t error) {
  switch (error) {
#define LUQSIM_CUDA_ERROR(name, number, description) \
  case name:                                         \
    return #name;
#include "luqsim_emulator/error_list.h"
#undef LUQSIM_CUDA_ERROR
  }
  return "unrecognized error code";
}

const char* cudaGetErrorString(cudaError_t error) {
  switch (error) {
#define LUQSIM_CUDA_ERROR(name, number, description) \
  case name:                                         \
    return description;
#include "luqsim_emulator/error_list.h"
#undef LUQSIM_CUDA_ERROR
  }
  return "unrecognized error code";
}

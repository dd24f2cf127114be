#include "luqsim/cuda/device.h"

#include <string>

namespace luqsim::cuda {

void check(cudaError_t error, const char* what) {
  if (error != cudaSuccess)
    throw CudaError(std::string(what) + ": " + cudaGetErrorString(error) + " (" + cudaGetErrorName(error) + ")");
}

const char* missing_device() {
  int count = 0;
  const cudaError_t error = cudaGetDeviceCount(&count);
  if (error != cudaSuccess) {
    static_cast<void>(cudaGetLastError());
    return cudaGetErrorString(error);
  }
  return count == 0 ? "no CUDA device" : "";
}

unsigned multiprocessors() {
  static const unsigned count = [] {
    int device = 0, value = 0;
    check(cudaGetDevice(&device), "cudaGetDevice");
    check(cudaDeviceGetAttribute(&value, cudaDevAttrMultiProcessorCount, device), "cudaDeviceGetAttribute");
    return static_cast<unsigned>(value);
  }();
  return count;
}

Geometry& geometry() {
  static Geometry used;
  return used;
}

}  // namespace luqsim::cuda

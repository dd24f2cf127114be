// Questions to the runtime API about the device.
#include <cstring>
#include <optional>

#include "call.h"
#include "device_memory.h"
#include "device_properties.h"
#include "kernel.h"
#include "luqsim_emulator/runtime_api.h"

using luqsim::emulator::Call;
namespace limits = luqsim::emulator::limits;

namespace {

constexpr int major_version = 9, minor_version = 0, warp_size = 32, constant_bytes = 64 * 1024;
constexpr int l2_cache_bytes = 4 << 20;

// Something for a handle to point to.
char pool;

// Empty: the runtime has no such attribute.
std::optional<int> attribute_value(cudaDeviceAttr attribute) {
  switch (attribute) {
    case cudaDevAttrMaxThreadsPerBlock:
    case cudaDevAttrMaxBlockDimX:
    case cudaDevAttrMaxBlockDimY:
      return static_cast<int>(limits::block_threads);
    case cudaDevAttrMaxBlockDimZ:
      return static_cast<int>(limits::block_z);
    case cudaDevAttrMaxGridDimX:
      return static_cast<int>(limits::grid_x);
    case cudaDevAttrMaxGridDimY:
    case cudaDevAttrMaxGridDimZ:
      return static_cast<int>(limits::grid_yz);
    case cudaDevAttrMaxSharedMemoryPerBlock:
      return static_cast<int>(limits::shared_bytes);
    case cudaDevAttrMaxSharedMemoryPerBlockOptin:
      return static_cast<int>(limits::shared_bytes_opt_in);
    case cudaDevAttrMaxSharedMemoryPerMultiprocessor:
      return static_cast<int>(limits::shared_bytes_multiprocessor);
    case cudaDevAttrTotalConstantMemory:
      return constant_bytes;
    case cudaDevAttrWarpSize:
      return warp_size;
    case cudaDevAttrMaxRegistersPerBlock:
    case cudaDevAttrMaxRegistersPerMultiprocessor:
      return limits::registers;
    case cudaDevAttrMultiProcessorCount:
      return limits::multiprocessors;
    case cudaDevAttrMaxThreadsPerMultiProcessor:
      return limits::threads_multiprocessor;
    case cudaDevAttrMaxBlocksPerMultiprocessor:
      return limits::blocks_multiprocessor;
    case cudaDevAttrComputeCapabilityMajor:
      return major_version;
    case cudaDevAttrComputeCapabilityMinor:
      return minor_version;
    case cudaDevAttrL2CacheSize:
      return l2_cache_bytes;
    case cudaDevAttrAsyncEngineCount:
      return 2;
    case cudaDevAttrConcurrentKernels:
    case cudaDevAttrUnifiedAddressing:
    case cudaDevAttrMemoryPoolsSupported:
      return 1;
    case cudaDevAttrClockRate:
    case cudaDevAttrMemoryClockRate:
    case cudaDevAttrGlobalMemoryBusWidth:
    case cudaDevAttrEccEnabled:
    case cudaDevAttrCooperativeLaunch:
    case cudaDevAttrClusterLaunch:
      return 0;
  }
  return std::nullopt;
}

}  // namespace

cudaError_t cudaGetDevice(int* device) {
  const Call call;
  if (device == nullptr) return call.result(cudaErrorInvalidValue);
  *device = 0;
  return call.result(cudaSuccess);
}

cudaError_t cudaSetDevice(int device) {
  const Call call;
  return call.result(device == 0 ? cudaSuccess : cudaErrorInvalidDevice);
}

cudaError_t cudaGetDeviceCount(int* count) {
  const Call call;
  if (count == nullptr) return call.result(cudaErrorInvalidValue);
  *count = 1;
  return call.result(cudaSuccess);
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device) {
  const Call call;
  if (properties == nullptr) return call.result(cudaErrorInvalidValue);
  if (device != 0) return call.result(cudaErrorInvalidDevice);
  *properties = {};
  std::strcpy(properties->name, "CPU emulation of CUDA");
  properties->totalGlobalMem = luqsim::emulator::DeviceMemory::instance().limit();
  properties->sharedMemPerBlock = limits::shared_bytes;
  properties->sharedMemPerBlockOptin = limits::shared_bytes_opt_in;
  properties->sharedMemPerMultiprocessor = limits::shared_bytes_multiprocessor;
  properties->regsPerBlock = properties->regsPerMultiprocessor = limits::registers;
  properties->warpSize = warp_size;
  properties->maxThreadsPerBlock = limits::block_threads;
  properties->maxThreadsDim[0] = properties->maxThreadsDim[1] = limits::block_threads;
  properties->maxThreadsDim[2] = limits::block_z;
  properties->maxGridSize[0] = static_cast<int>(limits::grid_x);
  properties->maxGridSize[1] = properties->maxGridSize[2] = limits::grid_yz;
  properties->totalConstMem = constant_bytes;
  properties->major = major_version;
  properties->minor = minor_version;
  properties->multiProcessorCount = limits::multiprocessors;
  properties->maxThreadsPerMultiProcessor = limits::threads_multiprocessor;
  properties->maxBlocksPerMultiProcessor = limits::blocks_multiprocessor;
  properties->canMapHostMemory = properties->concurrentKernels = properties->unifiedAddressing = 1;
  properties->asyncEngineCount = 2;
  properties->l2CacheSize = l2_cache_bytes;
  properties->memoryPoolsSupported = 1;
  return call.result(cudaSuccess);
}

cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int device) {
  const Call call;
  if (value == nullptr) return call.result(cudaErrorInvalidValue);
  if (device != 0) return call.result(cudaErrorInvalidDevice);
  const std::optional<int> answer = attribute_value(attribute);
  if (!answer) return call.result(cudaErrorInvalidValue);
  *value = *answer;
  return call.result(cudaSuccess);
}

cudaError_t cudaRuntimeGetVersion(int* version) {
  const Call call;
  if (version == nullptr) return call.result(cudaErrorInvalidValue);
  *version = CUDART_VERSION;
  return call.result(cudaSuccess);
}

cudaError_t cudaDriverGetVersion(int* version) { return cudaRuntimeGetVersion(version); }

cudaError_t cudaDeviceGetDefaultMemPool(cudaMemPool_t* handle, int device) {
  const Call call;
  if (handle == nullptr) return call.result(cudaErrorInvalidValue);
  if (device != 0) return call.result(cudaErrorInvalidDevice);
  *handle = reinterpret_cast<cudaMemPool_t>(&pool);
  return call.result(cudaSuccess);
}

cudaError_t cudaMemPoolSetAttribute(cudaMemPool_t handle, cudaMemPoolAttr attribute, void* value) {
  const Call call;
  const bool settable = attribute <= cudaMemPoolAttrReleaseThreshold;
  if (handle != reinterpret_cast<cudaMemPool_t>(&pool) || value == nullptr || !settable)
    return call.result(cudaErrorInvalidValue);
  return call.result(cudaSuccess);
}

cudaError_t cudaFuncSetAttribute(const void* kernel, cudaFuncAttribute attribute, int value) {
  const Call call;
  if (kernel == nullptr) return call.result(cudaErrorInvalidDeviceFunction);
  if (attribute == cudaFuncAttributePreferredSharedMemoryCarveout) return call.result(cudaSuccess);
  const bool done = attribute == cudaFuncAttributeMaxDynamicSharedMemorySize && value >= 0 &&
                    luqsim::emulator::permit_shared(kernel, static_cast<std::size_t>(value));
  return call.result(done ? cudaSuccess : cudaErrorInvalidValue);
}

cudaError_t cudaOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, const void* kernel, int block_size,
                                                          std::size_t dynamic_shared) {
  const Call call;
  if (blocks == nullptr || kernel == nullptr || block_size < 1 ||
      block_size > static_cast<int>(limits::block_threads) || dynamic_shared > limits::shared_bytes_opt_in)
    return call.result(cudaErrorInvalidValue);
  *blocks = 2;
  return call.result(cudaSuccess);
}

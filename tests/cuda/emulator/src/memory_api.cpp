// Allocations, copies and fills of the runtime API.
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "call.h"
#include "device_memory.h"
#include "luqsim_emulator/control.h"
#include "luqsim_emulator/runtime_api.h"
#include "pinned_memory.h"
#include "streams.h"

using luqsim::emulator::Call;
using luqsim::emulator::DeviceMemory;
using luqsim::emulator::KernelError;
using luqsim::emulator::Operation;
using luqsim::emulator::PinnedMemory;

namespace luqsim::emulator {

void set_device_memory_limit(std::size_t bytes) {
  const Call call;
  DeviceMemory::instance().set_limit(bytes);
}

namespace {

enum class Place { device, pinned, pageable };

Place place_of(const void* pointer, std::size_t size) {
  if (DeviceMemory::instance().contains(pointer)) return Place::device;
  return PinnedMemory::instance().contains(pointer, size) ? Place::pinned : Place::pageable;
}

bool agrees(cudaMemcpyKind kind, Place to, Place from) {
  const bool to_device = to == Place::device, from_device = from == Place::device;
  switch (kind) {
    case cudaMemcpyHostToHost:
      return !to_device && !from_device;
    case cudaMemcpyHostToDevice:
      return to_device && !from_device;
    case cudaMemcpyDeviceToHost:
      return !to_device && from_device;
    case cudaMemcpyDeviceToDevice:
      return to_device && from_device;
    case cudaMemcpyDefault:
      return true;
  }
  return false;
}

// When the operation runs: is the memory still there?
void require_usable(Place place, const void* pointer, std::size_t size, const std::string& what) {
  if (place == Place::device) DeviceMemory::instance().require_live(pointer, size, what);
  if (place == Place::pinned && !PinnedMemory::instance().contains(pointer, size))
    throw KernelError(what + ": the pinned memory was freed before the copy ran");
}

void enqueue_copy(Streams& streams, CUstream_st& stream, void* to, const void* from, std::size_t size) {
  const Place target = place_of(to, size), source = place_of(from, size);
  std::shared_ptr<std::vector<std::byte>> staged;
  if (source == Place::pageable) {
    const auto* bytes = static_cast<const std::byte*>(from);
    staged = std::make_shared<std::vector<std::byte>>(bytes, bytes + size);
  }
  streams.enqueue(stream, [=] {
    const std::string what = "copy of " + std::to_string(size) + " bytes";
    require_usable(target, to, size, what + ", target");
    require_usable(source, from, size, what + ", source");
    std::memmove(to, staged != nullptr ? staged->data() : from, size);
  });
  if (target == Place::pageable) streams.run_until_idle(stream);
}

}  // namespace
}  // namespace luqsim::emulator

cudaError_t cudaMalloc(void** pointer, std::size_t size) {
  const Call call;
  if (!call.permitted()) return call.result(cudaErrorNotPermitted);
  if (pointer == nullptr) return call.result(cudaErrorInvalidValue);
  *pointer = nullptr;
  if (size == 0) return call.result(cudaSuccess);
  *pointer = DeviceMemory::instance().reserve(size);
  if (*pointer == nullptr) return call.result(cudaErrorMemoryAllocation);
  DeviceMemory::instance().activate(*pointer);
  return call.result(cudaSuccess);
}

cudaError_t cudaFree(void* pointer) {
  const Call call;
  if (!call.permitted()) return call.result(cudaErrorNotPermitted);
  if (pointer == nullptr) return call.result(cudaSuccess);
  if (!DeviceMemory::instance().announce_free(pointer)) return call.result(cudaErrorInvalidValue);
  // Freed even if what was still queued fails.
  const std::unique_ptr<void, void (*)(void*)> release(pointer, [](void* p) { DeviceMemory::instance().release(p); });
  call.streams().run_all();
  return call.result(cudaSuccess);
}

cudaError_t cudaMallocAsync(void** pointer, std::size_t size, cudaStream_t stream) {
  const Call call;
  if (!call.permitted()) return call.result(cudaErrorNotPermitted);
  CUstream_st* found = call.streams().find_stream(stream);
  if (found == nullptr) return call.result(cudaErrorInvalidResourceHandle);
  if (pointer == nullptr) return call.result(cudaErrorInvalidValue);
  *pointer = nullptr;
  if (size == 0) return call.result(cudaSuccess);
  *pointer = DeviceMemory::instance().reserve(size);
  if (*pointer == nullptr) return call.result(cudaErrorMemoryAllocation);
  call.streams().enqueue(*found, Operation{.run = [address = *pointer] { DeviceMemory::instance().activate(address); },
                                           .kind = Operation::Kind::memory});
  return call.result(cudaSuccess);
}

cudaError_t cudaFreeAsync(void* pointer, cudaStream_t stream) {
  const Call call;
  if (!call.permitted()) return call.result(cudaErrorNotPermitted);
  CUstream_st* found = call.streams().find_stream(stream);
  if (found == nullptr) return call.result(cudaErrorInvalidResourceHandle);
  if (pointer == nullptr) return call.result(cudaSuccess);
  if (!DeviceMemory::instance().announce_free(pointer)) return call.result(cudaErrorInvalidValue);
  call.streams().enqueue(*found, Operation{.run = [pointer] { DeviceMemory::instance().release(pointer); },
                                           .kind = Operation::Kind::memory});
  return call.result(cudaSuccess);
}

cudaError_t cudaMallocHost(void** pointer, std::size_t size) {
  return cudaHostAlloc(pointer, size, cudaHostAllocDefault);
}

cudaError_t cudaHostAlloc(void** pointer, std::size_t size, unsigned int flags) {
  const Call call;
  if (!call.permitted()) return call.result(cudaErrorNotPermitted);
  if (pointer == nullptr || flags > 7) return call.result(cudaErrorInvalidValue);
  *pointer = nullptr;
  if (size == 0) return call.result(cudaSuccess);
  *pointer = PinnedMemory::instance().allocate(size);
  return call.result(*pointer != nullptr ? cudaSuccess : cudaErrorMemoryAllocation);
}

cudaError_t cudaFreeHost(void* pointer) {
  const Call call;
  if (!call.permitted()) return call.result(cudaErrorNotPermitted);
  if (pointer == nullptr || PinnedMemory::instance().release(pointer)) return call.result(cudaSuccess);
  return call.result(cudaErrorInvalidValue);
}

cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* total) {
  const Call call;
  if (free == nullptr || total == nullptr) return call.result(cudaErrorInvalidValue);
  const DeviceMemory& memory = DeviceMemory::instance();
  *total = memory.limit();
  *free = memory.limit() > memory.in_use() ? memory.limit() - memory.in_use() : 0;
  return call.result(cudaSuccess);
}

cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t size, cudaMemcpyKind kind, cudaStream_t stream) {
  using namespace luqsim::emulator;
  const Call call;
  if (!call.permitted()) return call.result(cudaErrorNotPermitted);
  CUstream_st* found = call.streams().find_stream(stream);
  if (found == nullptr) return call.result(cudaErrorInvalidResourceHandle);
  if (size == 0) return call.result(cudaSuccess);
  if (to == nullptr || from == nullptr || !agrees(kind, place_of(to, size), place_of(from, size)))
    return call.result(cudaErrorInvalidValue);
  enqueue_copy(call.streams(), *found, to, from, size);
  return call.result(cudaSuccess);
}

cudaError_t cudaMemcpy(void* to, const void* from, std::size_t size, cudaMemcpyKind kind) {
  const Call call;
  const cudaError_t error = cudaMemcpyAsync(to, from, size, kind, nullptr);
  return error != cudaSuccess ? error : cudaStreamSynchronize(nullptr);
}

cudaError_t cudaMemsetAsync(void* to, int value, std::size_t size, cudaStream_t stream) {
  const Call call;
  if (!call.permitted()) return call.result(cudaErrorNotPermitted);
  CUstream_st* found = call.streams().find_stream(stream);
  if (found == nullptr) return call.result(cudaErrorInvalidResourceHandle);
  if (size == 0) return call.result(cudaSuccess);
  if (!DeviceMemory::instance().contains(to)) return call.result(cudaErrorInvalidValue);
  call.streams().enqueue(*found, [to, value, size] {
    DeviceMemory::instance().require_live(to, size, "cudaMemset of " + std::to_string(size) + " bytes");
    std::memset(to, value, size);
  });
  return call.result(cudaSuccess);
}

cudaError_t cudaMemset(void* to, int value, std::size_t size) { return cudaMemsetAsync(to, value, size, nullptr); }

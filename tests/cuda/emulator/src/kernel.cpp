// Launches: what a configuration may be, and the run of a grid.
#include "kernel.h"

#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <unordered_map>

#include <cxxabi.h>
#include <dlfcn.h>

#include "block.h"
#include "call.h"
#include "device_memory.h"
#include "device_properties.h"
#include "luqsim_emulator/control.h"
#include "luqsim_emulator/launch.h"
#include "pinned_memory.h"
#include "sanitizer.h"
#include "schedule.h"
#include "streams.h"
#include "text.h"

namespace luqsim::emulator {
namespace {

std::uint64_t launches = 0, finished_kernels = 0;

// Dynamic shared memory that kernels have been allowed beyond the default.
std::unordered_map<const void*, std::size_t>& shared_opt_in() {
  static std::unordered_map<const void*, std::size_t> bytes;
  return bytes;
}

std::string demangled(const char* name) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> text(abi::__cxa_demangle(name, nullptr, nullptr, &status), std::free);
  return status == 0 ? text.get() : name;
}

// The kernel's name where the program exports it, its type otherwise.
std::string name_of(const Kernel& kernel) {
  Dl_info info;
  if (dladdr(kernel.address, &info) != 0 && info.dli_sname != nullptr && info.dli_saddr == kernel.address)
    return demangled(info.dli_sname);
  return demangled(kernel.type->name());
}

// Dynamic shared memory of the block that runs, with guard zones.
class SharedMemory {
 public:
  explicit SharedMemory(std::size_t size) : size_(size), bytes_(new (alignment) std::byte[size + 2 * guard]) {}

  void* data() const { return bytes_.get() + guard; }

  void start_block() {
    std::memset(bytes_.get(), guard_byte, guard);
    std::memset(bytes_.get() + guard, 0xFF, size_);
    std::memset(bytes_.get() + guard + size_, guard_byte, guard);
  }

  bool is_intact() const {
    for (std::size_t i = 0; i < guard; ++i)
      if (bytes_[i] != std::byte{guard_byte} || bytes_[guard + size_ + i] != std::byte{guard_byte}) return false;
    return true;
  }

 private:
  static constexpr std::size_t guard = 256;
  static constexpr std::align_val_t alignment{256};
  static constexpr unsigned char guard_byte = 0xC3;
  struct Delete {
    void operator()(std::byte* bytes) const { operator delete[](bytes, alignment); }
  };

  std::size_t size_;
  std::unique_ptr<std::byte[], Delete> bytes_;
};

SharedMemory* dynamic_shared = nullptr;

void check_pointers(const Kernel& kernel, const std::string& what) {
  const DeviceMemory& memory = DeviceMemory::instance();
  for (const auto& [position, is_certain, address] : kernel.pointers) {
    const bool may_be_other = !is_certain || address == nullptr || PinnedMemory::instance().contains(address, 0);
    if (may_be_other && !memory.contains(address)) continue;
    memory.require_live(address, 0, what + ": argument " + std::to_string(position));
  }
}

void run_grid(const dim3& grid, const dim3& size, std::size_t shared_bytes, const Kernel& kernel,
              const std::string& what) {
  check_pointers(kernel, what);
  set_grid_size(grid);
  Block block(size, kernel.run_thread, what);
  SharedMemory shared(shared_bytes);
  dynamic_shared = &shared;
  const std::uint64_t blocks = std::uint64_t{grid.x} * grid.y * grid.z;
  ShuffledRange order(blocks);
  for (std::uint64_t i = 0; i < blocks; ++i) {
    const std::uint64_t b = order.next();
    const uint3 index{static_cast<unsigned>(b % grid.x), static_cast<unsigned>(b / grid.x % grid.y),
                      static_cast<unsigned>(b / grid.x / grid.y)};
    if (shared_bytes > 0) shared.start_block();
    block.run(index);
    if (shared_bytes > 0 && !shared.is_intact())
      throw KernelError(what + ", block " + triple(index) + ": wrote outside its dynamic shared memory");
  }
  dynamic_shared = nullptr;
  DeviceMemory::instance().check_guards(what);
  ++finished_kernels;
}

bool is_valid_grid(const dim3& g) {
  return g.x >= 1 && g.x <= limits::grid_x && g.y >= 1 && g.y <= limits::grid_yz && g.z >= 1 && g.z <= limits::grid_yz;
}

bool is_valid_block(const dim3& b) {
  return b.x >= 1 && b.y >= 1 && b.z >= 1 && b.x <= limits::block_threads && b.y <= limits::block_threads &&
         b.z <= limits::block_z && std::uint64_t{b.x} * b.y * b.z <= limits::block_threads;
}

std::size_t permitted_shared(const void* kernel) {
  const auto found = shared_opt_in().find(kernel);
  return found != shared_opt_in().end() ? found->second : limits::shared_bytes;
}

bool is_supported(const cudaLaunchAttribute& attribute) {
  switch (attribute.id) {
    case cudaLaunchAttributeCooperative:
      return attribute.val.cooperative == 0;
    case cudaLaunchAttributeClusterDimension:
      return attribute.val.clusterDim.x * attribute.val.clusterDim.y * attribute.val.clusterDim.z == 1;
    default:
      return true;
  }
}

}  // namespace

bool permit_shared(const void* kernel, std::size_t bytes) {
  if (bytes > limits::shared_bytes_opt_in) return false;
  shared_opt_in()[kernel] = std::max(bytes, limits::shared_bytes);
  return true;
}

cudaError_t launch(const cudaLaunchConfig_t* config, Kernel kernel) {
  const Call call;
  if (!call.permitted()) return call.result(cudaErrorNotPermitted);
  if (config == nullptr) return call.result(cudaErrorInvalidValue);
  if (!is_valid_grid(config->gridDim) || !is_valid_block(config->blockDim) ||
      config->dynamicSmemBytes > permitted_shared(kernel.address))
    return call.result(cudaErrorInvalidConfiguration);
  CUstream_st* stream = call.streams().find_stream(config->stream);
  if (stream == nullptr) return call.result(cudaErrorInvalidResourceHandle);
  for (unsigned i = 0; i < config->numAttrs; ++i)
    if (!is_supported(config->attrs[i])) return call.result(cudaErrorNotSupported);
  std::string what = "launch " + std::to_string(++launches) + " of " + name_of(kernel) + ", grid " +
                     triple(config->gridDim) + " of blocks of " + triple(config->blockDim);
  call.streams().enqueue(
      *stream, [grid = config->gridDim, block = config->blockDim, shared = config->dynamicSmemBytes,
                kernel = std::move(kernel), what = std::move(what)] { run_grid(grid, block, shared, kernel, what); });
  return call.result(cudaSuccess);
}

std::uint64_t kernels_run() { return finished_kernels; }

void* dynamic_shared_memory() {
  if (Block::current() == nullptr) throw KernelError("dynamic_shared_memory was called outside a kernel");
  return dynamic_shared->data();
}

}  // namespace luqsim::emulator

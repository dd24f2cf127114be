// What a test of kernels can ask of the emulator and what the emulator reports.
#pragma once
#include <cstddef>
#include <cstdint>
#include <stdexcept>

namespace luqsim::emulator {

// An error that a kernel, a copy or a matrix product made while it ran. The runtime call that ran the operation throws
// it; everything still queued is dropped then, so that destructors which free and synchronise do not fail in turn.
class KernelError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Restarts the pseudo-random choices: which stream goes next, the order of blocks in a grid and of threads in a block.
void set_schedule_seed(std::uint64_t seed);

// Bytes that may be allocated at a time (4 GiB unless set); beyond them cudaMalloc reports cudaErrorMemoryAllocation.
void set_device_memory_limit(std::size_t bytes);

// Kernels that have run to their end.
std::uint64_t kernels_run();

// Inside a kernel: the block's dynamic shared memory, 16-byte aligned, filled with 0xFF when the block starts. Stands
// for CUDA's `extern __shared__`, which has no spelling that g++ takes.
void* dynamic_shared_memory();

// Inside a kernel: ends it with a KernelError that says where it happened.
[[noreturn]] void fail(const char* what);

}  // namespace luqsim::emulator

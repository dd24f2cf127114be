// Device memory and errors. Everything runs in the order of one stream; nothing waits unless it says so.
#pragma once
#include <cstddef>
#include <stdexcept>
#include <utility>

#include <cuda_runtime.h>

namespace luqsim::cuda {

class CudaError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Throws CudaError naming `what` and the runtime's message.
void check(cudaError_t error, const char* what);

// Empty where this machine has a usable device; otherwise why not.
const char* missing_device();

unsigned multiprocessors();

// How kernels are launched: for tuning, and for tests that it changes no result. Not synchronised: set it while nothing
// runs.
struct Geometry {
  unsigned block_threads = 256;  // a multiple of 32, at most max_block_threads
  unsigned blocks_per_multiprocessor = 8;
};
constexpr unsigned max_block_threads = 512;
Geometry& geometry();

// `size` values of T, uninitialised, that live in the order of `stream`: 256-byte aligned.
template <class T>
class DeviceArray {
 public:
  DeviceArray() = default;
  DeviceArray(cudaStream_t stream, std::size_t size) : stream_(stream), size_(size) {
    if (size > 0) check(cudaMallocAsync(reinterpret_cast<void**>(&data_), size * sizeof(T), stream), "cudaMallocAsync");
  }
  DeviceArray(DeviceArray&& other) noexcept
      : stream_(other.stream_), size_(std::exchange(other.size_, 0)), data_(std::exchange(other.data_, nullptr)) {}
  DeviceArray& operator=(DeviceArray&& other) noexcept {
    std::swap(stream_, other.stream_);
    std::swap(size_, other.size_);
    std::swap(data_, other.data_);
    return *this;
  }
  ~DeviceArray() {
    // Nothing can be done about a failure here; the next call reports it.
    if (data_ != nullptr) static_cast<void>(cudaFreeAsync(data_, stream_));
  }

  T* data() const { return data_; }
  std::size_t size() const { return size_; }

 private:
  cudaStream_t stream_ = nullptr;
  std::size_t size_ = 0;
  T* data_ = nullptr;
};

}  // namespace luqsim::cuda

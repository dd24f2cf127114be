#include "cuda_download.h"

#include <algorithm>
#include <bit>

#include "luqsim/cuda/device.h"

namespace luqsim::train {

using cuda::check;

class CudaDownloader::Copy : public Download {
 public:
  Copy(CudaDownloader& owner, Buffer buffer, std::shared_ptr<const void> data, std::size_t bytes)
      : owner_(owner), buffer_(buffer), data_(std::move(data)), bytes_(bytes) {}
  // The device's memory stays until the copy is done, even of a download that nobody waited for. What fails here fails
  // again in the next call.
  ~Copy() override {
    if (data_ != nullptr) static_cast<void>(cudaEventSynchronize(buffer_.event));
    owner_.free_.emplace(buffer_.capacity, buffer_);
  }

  const void* source() const { return data_.get(); }

  std::span<const std::byte> wait() override {
    if (data_ != nullptr) check(cudaEventSynchronize(buffer_.event), "cudaEventSynchronize");
    data_.reset();
    return {static_cast<const std::byte*>(buffer_.memory), bytes_};
  }

 private:
  CudaDownloader& owner_;
  Buffer buffer_;
  std::shared_ptr<const void> data_;  // null once the copy is done
  std::size_t bytes_;
};

CudaDownloader::CudaDownloader(cudaStream_t compute) : compute_(compute) {
  check(cudaStreamCreateWithFlags(&copies_, cudaStreamNonBlocking), "cudaStreamCreateWithFlags");
}

CudaDownloader::~CudaDownloader() {
  for (const auto& [capacity, buffer] : free_) {
    static_cast<void>(cudaFreeHost(buffer.memory));
    static_cast<void>(cudaEventDestroy(buffer.event));
  }
  static_cast<void>(cudaStreamDestroy(copies_));
}

std::unique_ptr<Download> CudaDownloader::start(std::shared_ptr<const void> data, std::size_t bytes) {
  const Buffer buffer = take(bytes);
  auto copy = std::make_unique<Copy>(*this, buffer, std::move(data), bytes);
  const void* from = copy->source();
  // The event first marks what the copy has to wait for, then the copy itself.
  check(cudaEventRecord(buffer.event, compute_), "cudaEventRecord");
  check(cudaStreamWaitEvent(copies_, buffer.event, 0), "cudaStreamWaitEvent");
  if (bytes > 0) check(cudaMemcpyAsync(buffer.memory, from, bytes, cudaMemcpyDeviceToHost, copies_), "cudaMemcpyAsync");
  check(cudaEventRecord(buffer.event, copies_), "cudaEventRecord");
  return copy;
}

CudaDownloader::Buffer CudaDownloader::take(std::size_t bytes) {
  const std::size_t capacity = std::bit_ceil(std::max<std::size_t>(bytes, 4096));
  if (const auto found = free_.find(capacity); found != free_.end()) {
    const Buffer buffer = found->second;
    free_.erase(found);
    return buffer;
  }
  Buffer buffer;
  buffer.capacity = capacity;
  check(cudaMallocHost(&buffer.memory, capacity), "cudaMallocHost");
  check(cudaEventCreateWithFlags(&buffer.event, cudaEventDisableTiming), "cudaEventCreateWithFlags");
  return buffer;
}

}  // namespace luqsim::train

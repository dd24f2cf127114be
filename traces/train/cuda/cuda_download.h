// Copies to the host beside a running stream, through pinned memory that is used again.
#pragma once
#include <map>
#include <memory>
#include <vector>

#include <cuda_runtime.h>

#include "download.h"

namespace luqsim::train {

// Lives longer than its downloads.
class CudaDownloader {
 public:
  // Copies run on a stream of their own, each after what `compute` held when it was asked for.
  explicit CudaDownloader(cudaStream_t compute);
  ~CudaDownloader();
  CudaDownloader(const CudaDownloader&) = delete;
  CudaDownloader& operator=(const CudaDownloader&) = delete;

  std::unique_ptr<Download> start(std::shared_ptr<const void> data, std::size_t bytes);

 private:
  class Copy;
  struct Buffer {
    void* memory = nullptr;
    cudaEvent_t event = nullptr;
    std::size_t capacity = 0;
  };
  Buffer take(std::size_t bytes);

  cudaStream_t compute_, copies_ = nullptr;
  std::multimap<std::size_t, Buffer> free_;  // by capacity
};

}  // namespace luqsim::train

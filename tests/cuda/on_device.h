// Values on the device for tests: uploads, poisoned outputs, and what to do where there is no device.
#pragma once
#include <cstring>
#include <span>
#include <vector>

#include <gtest/gtest.h>

#include "luqsim/cuda/device.h"

namespace luqsim::cuda::test {

// An array on the device that starts `offset` values after an aligned address. Its bytes are 0xA5 until written.
template <class T>
class OnDevice {
 public:
  OnDevice(cudaStream_t stream, std::size_t size, std::size_t offset = 0)
      : stream_(stream), offset_(offset), array_(stream, size + offset + guard) {
    check(cudaMemsetAsync(array_.data(), poison, array_.size() * sizeof(T), stream), "cudaMemsetAsync");
  }
  OnDevice(cudaStream_t stream, std::span<const T> values, std::size_t offset = 0)
      : OnDevice(stream, values.size(), offset) {
    if (!values.empty())
      check(cudaMemcpyAsync(data(), values.data(), values.size_bytes(), cudaMemcpyHostToDevice, stream),
            "cudaMemcpyAsync");
  }

  T* data() const { return array_.data() + offset_; }

  // Waits. Fails the test where a kernel wrote before or after the array.
  std::vector<T> host() const {
    std::vector<T> all(array_.size());
    check(cudaMemcpyAsync(all.data(), array_.data(), all.size() * sizeof(T), cudaMemcpyDeviceToHost, stream_),
          "cudaMemcpyAsync");
    check(cudaStreamSynchronize(stream_), "cudaStreamSynchronize");
    const auto* bytes = reinterpret_cast<const unsigned char*>(all.data());
    const std::size_t before = offset_ * sizeof(T), after = (all.size() - guard) * sizeof(T);
    for (std::size_t i = 0; i < all.size() * sizeof(T); ++i)
      if ((i < before || i >= after) && bytes[i] != poison) {
        ADD_FAILURE() << "byte " << i << " outside of the array (" << before << " to " << after << ") was written";
        break;
      }
    return {all.begin() + static_cast<std::ptrdiff_t>(offset_), all.end() - static_cast<std::ptrdiff_t>(guard)};
  }

 private:
  static constexpr std::size_t guard = 64;
  static constexpr int poison = 0xA5;

  cudaStream_t stream_;
  std::size_t offset_;
  DeviceArray<T> array_;
};

template <class T>
OnDevice<T> zeroed(cudaStream_t stream) {
  const T zero{};
  return {stream, std::span(&zero, 1)};
}

class DeviceTest : public testing::Test {
 protected:
  void SetUp() override {
    if (const char* missing = missing_device(); *missing != 0) GTEST_SKIP() << "no usable CUDA device: " << missing;
    check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "cudaStreamCreateWithFlags");
  }
  void TearDown() override {
    geometry() = {};
    if (stream_ != nullptr) check(cudaStreamDestroy(stream_), "cudaStreamDestroy");
  }

  cudaStream_t stream_ = nullptr;
};

}  // namespace luqsim::cuda::test

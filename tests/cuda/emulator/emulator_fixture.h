// What the tests of the emulator share: launches, arrays, two streams, the error of the device.
#pragma once
#include <array>
#include <bit>
#include <chrono>
#include <cstdint>
#include <numeric>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <cublasLt.h>
#include <cuda_runtime.h>
#include <gtest/gtest.h>

namespace luqsim::emulator::test {

using luqsim::emulator::KernelError;

template <class... Expected, class... Actual>
cudaError_t launch(cudaStream_t stream, dim3 grid, dim3 block, void (*kernel)(Expected...), Actual&&... arguments) {
  cudaLaunchConfig_t config{};
  config.gridDim = grid;
  config.blockDim = block;
  config.stream = stream;
  return cudaLaunchKernelEx(&config, kernel, std::forward<Actual>(arguments)...);
}

inline void ok(cudaError_t error) { ASSERT_EQ(error, cudaSuccess) << cudaGetErrorName(error); }

template <class T>
class DeviceArray {
 public:
  explicit DeviceArray(std::size_t n) : size_(n) { ok(cudaMalloc(&data_, n * sizeof(T))); }
  explicit DeviceArray(const std::vector<T>& values) : DeviceArray(values.size()) {
    ok(cudaMemcpy(data_, values.data(), size_ * sizeof(T), cudaMemcpyHostToDevice));
  }
  DeviceArray(const DeviceArray&) = delete;
  DeviceArray& operator=(const DeviceArray&) = delete;
  ~DeviceArray() { cudaFree(data_); }

  T* get() const { return data_; }
  std::vector<T> values() const {
    std::vector<T> values(size_);
    ok(cudaMemcpy(values.data(), data_, size_ * sizeof(T), cudaMemcpyDeviceToHost));
    return values;
  }

 private:
  std::size_t size_;
  T* data_ = nullptr;
};

class Emulator : public testing::Test {
 protected:
  void SetUp() override {
    luqsim::emulator::set_schedule_seed(1);
    ok(cudaStreamCreateWithFlags(&first_, cudaStreamNonBlocking));
    ok(cudaStreamCreateWithFlags(&second_, cudaStreamNonBlocking));
  }
  void TearDown() override {
    ok(cudaStreamDestroy(first_));
    ok(cudaStreamDestroy(second_));
    EXPECT_EQ(cudaGetLastError(), cudaSuccess);
  }

  // What the error says that the operations so far make.
  static std::string error_of_device() {
    try {
      cudaDeviceSynchronize();
    } catch (const KernelError& error) {
      return error.what();
    }
    return "no error";
  }

  static void expect_error(const std::string& part) {
    const std::string message = error_of_device();
    EXPECT_NE(message.find(part), std::string::npos) << message;
  }

  cudaStream_t first_ = nullptr, second_ = nullptr;
};

__global__ inline void fill_kernel(int* out, std::size_t n, int value) {
  const std::size_t i = std::size_t{blockIdx.x} * blockDim.x + threadIdx.x;
  if (i < n) out[i] = value;
}

__global__ inline void block_sum_kernel(const int* __restrict__ in, int* out) {
  __shared__ int partial[256];
  partial[threadIdx.x] = in[blockIdx.x * 256 + threadIdx.x];
  for (unsigned distance = 128; distance > 0; distance /= 2) {
    __syncthreads();
    if (threadIdx.x < distance) partial[threadIdx.x] += partial[threadIdx.x + distance];
  }
  if (threadIdx.x == 0) out[blockIdx.x] = partial[0];
}

__global__ inline void throwing_kernel() { __trap(); }

}  // namespace luqsim::emulator::test

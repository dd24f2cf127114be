// The emulator finds what it is there to find, and computes what a device would.
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

namespace {

using luqsim::emulator::KernelError;

template <class... Expected, class... Actual>
cudaError_t launch(cudaStream_t stream, dim3 grid, dim3 block, void (*kernel)(Expected...), Actual&&... arguments) {
  cudaLaunchConfig_t config{};
  config.gridDim = grid;
  config.blockDim = block;
  config.stream = stream;
  return cudaLaunchKernelEx(&config, kernel, std::forward<Actual>(arguments)...);
}

void ok(cudaError_t error) { ASSERT_EQ(error, cudaSuccess) << cudaGetErrorName(error); }

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

__global__ void __launch_bounds__(1024) indices_kernel(unsigned* out) {
  const unsigned block = (blockIdx.z * gridDim.y + blockIdx.y) * gridDim.x + blockIdx.x;
  const unsigned thread = (threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x;
  atomicAdd(&out[block * blockDim.x * blockDim.y * blockDim.z + thread], 1U);
}

TEST_F(Emulator, EveryThreadOfEveryBlockRunsOnce) {
  const DeviceArray<unsigned> out(std::vector<unsigned>(4 * 3 * 5 * 8 * 2 * 3));
  ok(launch(nullptr, dim3(4, 3, 5), dim3(8, 2, 3), indices_kernel, out.get()));
  EXPECT_EQ(out.values(), std::vector<unsigned>(4 * 3 * 5 * 8 * 2 * 3, 1));
}

__global__ void block_sum_kernel(const int* __restrict__ in, int* out) {
  __shared__ int partial[256];
  partial[threadIdx.x] = in[blockIdx.x * 256 + threadIdx.x];
  for (unsigned distance = 128; distance > 0; distance /= 2) {
    __syncthreads();
    if (threadIdx.x < distance) partial[threadIdx.x] += partial[threadIdx.x + distance];
  }
  if (threadIdx.x == 0) out[blockIdx.x] = partial[0];
}

__global__ void block_sum_without_barriers_kernel(const int* in, int* out) {
  __shared__ int partial[256];
  partial[threadIdx.x] = in[blockIdx.x * 256 + threadIdx.x];
  for (unsigned distance = 128; distance > 0; distance /= 2)
    if (threadIdx.x < distance) partial[threadIdx.x] += partial[threadIdx.x + distance];
  if (threadIdx.x == 0) out[blockIdx.x] = partial[0];
}

TEST_F(Emulator, BarriersOrderSharedMemory) {
  std::vector<int> values(7 * 256), sums(7);
  for (std::size_t i = 0; i < values.size(); ++i) sums[i / 256] += values[i] = static_cast<int>(i * i % 1001);
  const DeviceArray<int> in(values), out(7), wrong(7);
  ok(launch(first_, 7, 256, block_sum_kernel, in.get(), out.get()));
  ok(launch(first_, 7, 256, block_sum_without_barriers_kernel, in.get(), wrong.get()));
  ok(cudaStreamSynchronize(first_));
  EXPECT_EQ(out.values(), sums);
  EXPECT_NE(wrong.values(), sums);
}

__global__ void dynamic_shared_kernel(int* out, int beyond) {
  int* shared = static_cast<int*>(luqsim::emulator::dynamic_shared_memory());
  out[threadIdx.x] = shared[threadIdx.x];
  shared[threadIdx.x + static_cast<unsigned>(beyond)] = static_cast<int>(threadIdx.x);
  __syncthreads();
  out[threadIdx.x] += shared[63 - threadIdx.x];
}

TEST_F(Emulator, DynamicSharedMemoryIsFreshAndGuarded) {
  const DeviceArray<int> out(64);
  cudaLaunchConfig_t config{};
  config.gridDim = 2;
  config.blockDim = 64;
  config.dynamicSmemBytes = 64 * sizeof(int);
  ok(cudaLaunchKernelEx(&config, dynamic_shared_kernel, out.get(), 0));
  const std::vector<int> values = out.values();
  for (int i = 0; i < 64; ++i) EXPECT_EQ(values[static_cast<std::size_t>(i)], 63 - i - 1);
  ok(cudaLaunchKernelEx(&config, dynamic_shared_kernel, out.get(), 1));
  expect_error("wrote outside its dynamic shared memory");
  config.dynamicSmemBytes = 100 * 1024;
  EXPECT_EQ(cudaLaunchKernelEx(&config, dynamic_shared_kernel, out.get(), 0), cudaErrorInvalidConfiguration);
  EXPECT_EQ(cudaGetLastError(), cudaErrorInvalidConfiguration);
  ok(cudaFuncSetAttribute(dynamic_shared_kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, 100 * 1024));
  ok(cudaLaunchKernelEx(&config, dynamic_shared_kernel, out.get(), 0));
  ok(cudaDeviceSynchronize());
}

__global__ void barrier_votes_kernel(int* out) {
  const int i = static_cast<int>(threadIdx.x);
  const int any = __syncthreads_or(i == 7), none = __syncthreads_or(i == 1000);
  const int all = __syncthreads_and(i < 64), not_all = __syncthreads_and(i != 7);
  const int count = __syncthreads_count(i % 3 == 0);
  if (any != 0 && none == 0 && all != 0 && not_all == 0) out[i] = count;
}

TEST_F(Emulator, BarriersVote) {
  const DeviceArray<int> out(64);
  ok(launch(nullptr, 1, 64, barrier_votes_kernel, out.get()));
  EXPECT_EQ(out.values(), std::vector<int>(64, 22));
}

__global__ void shuffles_kernel(int* xor_sum, double* from_lane, unsigned long long* up, float* down, int* segment) {
  const int i = static_cast<int>(threadIdx.x), lane = i % 32;
  int sum = i;
  for (int mask = 16; mask > 0; mask /= 2) sum += __shfl_xor_sync(0xFFFFFFFF, sum, mask);
  xor_sum[i] = sum;
  from_lane[i] = __shfl_sync(0xFFFFFFFF, 0.5 * i, (lane + 5) % 32);
  up[i] = __shfl_up_sync(0xFFFFFFFF, static_cast<unsigned long long>(i) << 40, 3);
  down[i] = __shfl_down_sync(0xFFFFFFFF, static_cast<float>(i), 2, 8);
  // Halves of the warp on their own.
  segment[i] = lane < 16 ? __shfl_sync(0x0000FFFF, i, 3) : __shfl_sync(0xFFFF0000, i, 19);
}

TEST_F(Emulator, ShufflesExchangeValues) {
  const DeviceArray<int> xor_sum(64), segment(64);
  const DeviceArray<double> from_lane(64);
  const DeviceArray<unsigned long long> up(64);
  const DeviceArray<float> down(64);
  ok(launch(nullptr, 1, 64, shuffles_kernel, xor_sum.get(), from_lane.get(), up.get(), down.get(), segment.get()));
  for (std::size_t i = 0; i < 64; ++i) {
    const std::size_t lane = i % 32, warp = i - lane;
    EXPECT_EQ(xor_sum.values()[i], static_cast<int>(32 * warp + 31 * 16));
    EXPECT_EQ(from_lane.values()[i], 0.5 * static_cast<double>(warp + (lane + 5) % 32));
    EXPECT_EQ(up.values()[i], static_cast<std::uint64_t>(lane < 3 ? i : i - 3) << 40);
    EXPECT_EQ(down.values()[i], static_cast<float>(i % 8 < 6 ? i + 2 : i));
    EXPECT_EQ(segment.values()[i], static_cast<int>(warp + (lane < 16 ? 3 : 19)));
  }
}

__global__ void votes_kernel(unsigned* out) {
  const unsigned lane = threadIdx.x % 32;
  const unsigned odd = __ballot_sync(0xFFFFFFFF, lane % 2 == 1);
  const bool votes = __any_sync(0xFFFFFFFF, lane == 3) != 0 && __any_sync(0xFFFFFFFF, lane == 32) == 0 &&
                     __all_sync(0xFFFFFFFF, lane < 32) != 0 && __all_sync(0xFFFFFFFF, lane != 3) == 0;
  const int number = static_cast<int>(lane) - 16;
  const bool reductions = __reduce_max_sync(0xFFFFFFFF, number) == 15 && __reduce_min_sync(0xFFFFFFFF, number) == -16 &&
                          __reduce_add_sync(0xFFFFFFFF, number) == -16 && __reduce_max_sync(0xFFFFFFFF, lane) == 31U &&
                          __reduce_max_sync(0xFFFFFFFF, static_cast<unsigned>(number)) == 0xFFFFFFFFU;
  __syncwarp();
  out[threadIdx.x] = votes && reductions ? odd : 0;
}

TEST_F(Emulator, WarpsVoteAndReduce) {
  const DeviceArray<unsigned> out(96);
  ok(launch(nullptr, 1, 96, votes_kernel, out.get()));
  EXPECT_EQ(out.values(), std::vector<unsigned>(96, 0xAAAAAAAA));
}

__global__ void atomics_kernel(unsigned* counts, int* extremes, unsigned long long* wide, unsigned* slots) {
  const int number = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  slots[atomicAdd(&counts[0], 1U)] = static_cast<unsigned>(number);
  atomicOr(&counts[1], 1U << (number % 32));
  atomicMax(&extremes[0], number - 50);
  atomicMin(&extremes[1], number - 50);
  atomicAdd(&wide[0], 1ULL << 33);
  atomicMax(&wide[1], static_cast<unsigned long long>(number) << 40);
  int seen = extremes[2];
  while (atomicCAS(&extremes[2], seen, seen + number) != seen) seen = extremes[2];
  atomicExch(&extremes[3], 7);
}

TEST_F(Emulator, AtomicsUpdateAndReturnTheOldValue) {
  const DeviceArray<unsigned> counts(std::vector<unsigned>(2)), slots(400);
  const DeviceArray<int> extremes(std::vector<int>(4));
  const DeviceArray<unsigned long long> wide(std::vector<unsigned long long>(2));
  ok(launch(nullptr, 4, 100, atomics_kernel, counts.get(), extremes.get(), wide.get(), slots.get()));
  EXPECT_EQ(counts.values(), (std::vector<unsigned>{400, 0xFFFFFFFF}));
  EXPECT_EQ(extremes.values(), (std::vector<int>{349, -50, 399 * 200, 7}));
  EXPECT_EQ(wide.values(), (std::vector<unsigned long long>{400ULL << 33, 399ULL << 40}));
  const std::vector<unsigned> order = slots.values();
  EXPECT_EQ(std::set<unsigned>(order.begin(), order.end()).size(), 400);
  EXPECT_FALSE(std::ranges::is_sorted(order)) << "threads ran in their natural order";
}

TEST_F(Emulator, OrdersFollowTheSeed) {
  const auto order = [](std::uint64_t seed) {
    luqsim::emulator::set_schedule_seed(seed);
    const DeviceArray<unsigned> counts(std::vector<unsigned>(2)), slots(400);
    const DeviceArray<int> extremes(std::vector<int>(4));
    const DeviceArray<unsigned long long> wide(std::vector<unsigned long long>(2));
    ok(launch(nullptr, 4, 100, atomics_kernel, counts.get(), extremes.get(), wide.get(), slots.get()));
    return slots.values();
  };
  EXPECT_EQ(order(5), order(5));
  EXPECT_NE(order(5), order(6));
}

__global__ void divergent_barrier_kernel(int* out) {
  if (threadIdx.x < 16)
    __syncthreads();
  else
    __syncthreads();
  out[threadIdx.x] = 1;
}

__global__ void early_return_kernel(int* out) {
  if (threadIdx.x == 3) return;
  __syncthreads();
  out[threadIdx.x] = 1;
}

__global__ void missing_lane_kernel(int* out) {
  if (threadIdx.x != 5) out[threadIdx.x] = __shfl_sync(0xFFFFFFFF, 1, 0);
}

__global__ void full_mask_kernel(int* out) { out[threadIdx.x] = __any_sync(0xFFFFFFFF, 1); }

__global__ void two_masks_kernel(int* out) {
  out[threadIdx.x] = __any_sync(threadIdx.x == 0 ? 0x0000FFFF : 0xFFFFFFFF, 1);
}

__global__ void mixed_waits_kernel(int* out) {
  if (threadIdx.x == 9)
    __syncthreads();
  else
    __syncwarp();
  out[threadIdx.x] = 1;
}

__global__ void unnamed_source_kernel(int* out) {
  if (threadIdx.x < 16) out[threadIdx.x] = __shfl_sync(0x0000FFFF, 1, 20);
}

TEST_F(Emulator, DivergentWaitsAreErrors) {
  const DeviceArray<int> out(64);
  ok(launch(nullptr, 1, 32, divergent_barrier_kernel, out.get()));
  expect_error("while others wait elsewhere");
  ok(launch(nullptr, 1, 32, early_return_kernel, out.get()));
  expect_error("returned");
  ok(launch(nullptr, 1, 32, missing_lane_kernel, out.get()));
  expect_error("returned");
  ok(launch(nullptr, 1, 48, full_mask_kernel, out.get()));
  expect_error("names lanes that the warp, of 16 threads, does not have");
  ok(launch(nullptr, 1, 32, two_masks_kernel, out.get()));
  expect_error("__any_sync of lanes");
  ok(launch(nullptr, 1, 32, unnamed_source_kernel, out.get()));
  expect_error("reads lane 20, which its mask 0x0000ffff does not name");
  ok(launch(nullptr, 1, 32, mixed_waits_kernel, out.get()));
  const std::string message = error_of_device();
  EXPECT_NE(message.find("__syncthreads at "), std::string::npos) << message;
  EXPECT_NE(message.find("grid (1, 1, 1) of blocks of (32, 1, 1), block (0, 0, 0)"), std::string::npos) << message;
  // Nothing of it stays.
  ok(launch(nullptr, 1, 64, barrier_votes_kernel, out.get()));
  EXPECT_EQ(out.values(), std::vector<int>(64, 22));
}

__global__ void throwing_kernel() { __trap(); }

TEST_F(Emulator, ErrorsDropWhatIsQueued) {
  const DeviceArray<int> out(std::vector<int>(64));
  int* late = nullptr;
  ok(cudaMallocAsync(&late, 256, first_));
  ok(launch(first_, 1, 1, throwing_kernel));
  ok(launch(first_, 1, 64, barrier_votes_kernel, out.get()));
  ok(cudaFreeAsync(late, first_));
  EXPECT_THROW(cudaStreamSynchronize(first_), KernelError);
  ok(cudaStreamSynchronize(first_));
  EXPECT_EQ(out.values(), std::vector<int>(64));
  EXPECT_EQ(cudaFree(late), cudaErrorInvalidValue) << "it was freed";
  EXPECT_EQ(cudaGetLastError(), cudaErrorInvalidValue);
}

__global__ void fill_kernel(int* out, std::size_t n, int value) {
  const std::size_t i = std::size_t{blockIdx.x} * blockDim.x + threadIdx.x;
  if (i < n) out[i] = value;
}

TEST_F(Emulator, PinnedCopiesAreDeferred) {
  const DeviceArray<int> array(std::vector<int>(100, 1));
  int* pinned = nullptr;
  ok(cudaMallocHost(&pinned, 100 * sizeof(int)));
  EXPECT_EQ(pinned[99], -1);
  ok(launch(first_, 1, 128, fill_kernel, array.get(), std::size_t{100}, 2));
  ok(cudaMemcpyAsync(pinned, array.get(), 100 * sizeof(int), cudaMemcpyDeviceToHost, first_));
  EXPECT_EQ(pinned[0], -1);
  EXPECT_EQ(cudaStreamQuery(first_), cudaErrorNotReady);
  ok(cudaStreamSynchronize(first_));
  ok(cudaStreamQuery(first_));
  EXPECT_EQ(pinned[0], 2);
  // A pinned source is read when the copy runs.
  pinned[0] = 3;
  ok(cudaMemcpyAsync(array.get(), pinned, sizeof(int), cudaMemcpyHostToDevice, first_));
  pinned[0] = 4;
  ok(cudaStreamSynchronize(first_));
  EXPECT_EQ(array.values()[0], 4);
  ok(cudaMemcpyAsync(array.get(), pinned, sizeof(int), cudaMemcpyHostToDevice, first_));
  ok(cudaFreeHost(pinned));
  expect_error("the pinned memory was freed before the copy ran");
}

TEST_F(Emulator, PageableCopiesAreStagedOrWait) {
  const DeviceArray<int> array(1);
  int value = 5;
  const std::array<int, 2> two{};
  ok(cudaMemcpyAsync(array.get(), &value, sizeof value, cudaMemcpyHostToDevice, first_));
  value = 6;
  int back = 0;
  ok(cudaMemcpyAsync(&back, array.get(), sizeof back, cudaMemcpyDeviceToHost, first_));
  EXPECT_EQ(back, 5);
  EXPECT_EQ(cudaMemcpyAsync(&back, array.get(), sizeof back, cudaMemcpyHostToDevice, first_), cudaErrorInvalidValue);
  EXPECT_EQ(cudaGetLastError(), cudaErrorInvalidValue);
  ok(cudaMemcpyAsync(array.get(), two.data(), sizeof two, cudaMemcpyHostToDevice, first_));
  expect_error("leave device allocation");
}

TEST_F(Emulator, MemoryIsFreshAndStreamOrdered) {
  int *memory = nullptr, *pinned = nullptr;
  ok(cudaMallocHost(&pinned, sizeof(int)));
  ok(cudaMallocAsync(&memory, 400, first_));
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory) % 256, 0);
  ok(cudaMemcpyAsync(pinned, memory + 99, sizeof(int), cudaMemcpyDeviceToHost, first_));
  *pinned = 0;
  ok(cudaStreamSynchronize(first_));
  EXPECT_EQ(*pinned, -1);
  ok(cudaMemsetAsync(memory, 0, 400, first_));
  ok(cudaFreeAsync(memory, first_));
  EXPECT_EQ(cudaFreeAsync(memory, first_), cudaErrorInvalidValue);
  EXPECT_EQ(cudaGetLastError(), cudaErrorInvalidValue);
  ok(launch(first_, 1, 1, fill_kernel, memory, std::size_t{1}, 1));
  expect_error("argument 0: points to no device allocation");
  ok(cudaFreeHost(pinned));
}

struct View {
  int* data;
  std::size_t size;
};

__global__ void fill_view_kernel(View view, int value) {
  if (threadIdx.x < view.size) view.data[threadIdx.x] = value;
}

TEST_F(Emulator, UseOutsideALifetimeIsAnError) {
  int* memory = nullptr;
  ok(cudaMalloc(&memory, 16));
  ok(launch(first_, 1, 4, fill_view_kernel, View{memory, 4}, 1));
  ok(cudaFreeAsync(memory, first_));
  ok(launch(first_, 1, 4, fill_view_kernel, View{memory, 4}, 1));
  expect_error("argument 0: points to no device allocation, or to one that was freed");
  // Allocated in one stream, used in another without waiting.
  bool used_early = false;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    luqsim::emulator::set_schedule_seed(seed);
    ok(cudaMallocAsync(&memory, 16, first_));
    ok(launch(second_, 1, 4, fill_kernel, memory, std::size_t{4}, 1));
    used_early |= error_of_device().find("is not allocated yet in the order of the streams") != std::string::npos;
    ok(cudaFree(memory));
  }
  EXPECT_TRUE(used_early);
}

TEST_F(Emulator, ArgumentsMustPointToTheDevice) {
  std::vector<int> host(4);
  ok(launch(first_, 1, 4, fill_kernel, host.data(), host.size(), 1));
  expect_error("argument 0: points to no device allocation");
  EXPECT_EQ(host[0], 0);
}

TEST_F(Emulator, MemoryRunsOut) {
  luqsim::emulator::set_device_memory_limit(1 << 20);
  void* memory = nullptr;
  EXPECT_EQ(cudaMalloc(&memory, 2 << 20), cudaErrorMemoryAllocation);
  EXPECT_EQ(cudaGetLastError(), cudaErrorMemoryAllocation);
  luqsim::emulator::set_device_memory_limit(std::size_t{4} << 30);
  // Far more in all than the arena has.
  for (int i = 0; i < 100; ++i) {
    ok(cudaMalloc(&memory, 32 << 20));
    ok(cudaFree(memory));
  }
}

TEST_F(Emulator, EventsOrderStreams) {
  const auto last_value = [this](bool wait, std::uint64_t seed) {
    luqsim::emulator::set_schedule_seed(seed);
    const DeviceArray<int> array(std::vector<int>(1));
    cudaEvent_t event = nullptr;
    ok(cudaEventCreateWithFlags(&event, cudaEventDisableTiming));
    for (int value = 1; value <= 4; ++value) ok(launch(first_, 1, 1, fill_kernel, array.get(), std::size_t{1}, value));
    ok(cudaEventRecord(event, first_));
    if (wait) ok(cudaStreamWaitEvent(second_, event));
    ok(launch(second_, 1, 1, fill_kernel, array.get(), std::size_t{1}, 9));
    ok(cudaEventDestroy(event));
    ok(cudaStreamSynchronize(second_));
    ok(cudaStreamSynchronize(first_));
    return array.values()[0];
  };
  bool wrong_without_event = false;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    EXPECT_EQ(last_value(true, seed), 9);
    wrong_without_event |= last_value(false, seed) != 9;
  }
  EXPECT_TRUE(wrong_without_event);
}

TEST_F(Emulator, EventsAreQueriedAndTimed) {
  cudaEvent_t start = nullptr, end = nullptr;
  ok(cudaEventCreate(&start));
  ok(cudaEventCreate(&end));
  ok(cudaEventQuery(start));
  const DeviceArray<int> array(100000);
  ok(cudaEventRecord(start, first_));
  ok(launch(first_, 1000, 100, fill_kernel, array.get(), std::size_t{100000}, 1));
  ok(cudaEventRecord(end, first_));
  float milliseconds = 0;
  EXPECT_EQ(cudaEventElapsedTime(&milliseconds, start, end), cudaErrorNotReady);
  int queries = 0;
  while (cudaEventQuery(end) == cudaErrorNotReady) ++queries;
  EXPECT_EQ(queries, 3);
  ok(cudaEventElapsedTime(&milliseconds, start, end));
  EXPECT_GT(milliseconds, 0);
  ok(cudaEventDestroy(start));
  ok(cudaEventDestroy(end));
}

TEST_F(Emulator, TheDefaultStreamIsOrderedWithBlockingStreamsOnly) {
  const DeviceArray<int> array(std::vector<int>(2));
  cudaStream_t blocking = nullptr;
  ok(cudaStreamCreate(&blocking));
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    luqsim::emulator::set_schedule_seed(seed);
    ok(launch(blocking, 1, 1, fill_kernel, array.get(), std::size_t{1}, 1));
    ok(launch(nullptr, 1, 1, fill_kernel, array.get(), std::size_t{1}, 2));
    ok(launch(blocking, 1, 1, fill_kernel, array.get(), std::size_t{1}, 3));
    ok(cudaStreamSynchronize(blocking));
    ASSERT_EQ(array.values()[0], 3);
  }
  ok(cudaStreamDestroy(blocking));
}

TEST_F(Emulator, HostFunctionsRunInStreamOrderWithoutTheRuntime) {
  struct Seen {
    int calls = 0;
    cudaError_t error = cudaSuccess;
  } seen;
  ok(cudaLaunchHostFunc(
      first_,
      [](void* data) {
        ++static_cast<Seen*>(data)->calls;
        static_cast<Seen*>(data)->error = cudaDeviceSynchronize();
      },
      &seen));
  EXPECT_EQ(seen.calls, 0);
  ok(cudaDeviceSynchronize());
  EXPECT_EQ(seen.calls, 1);
  EXPECT_EQ(seen.error, cudaErrorNotPermitted);
  EXPECT_EQ(cudaGetLastError(), cudaErrorNotPermitted);
}

#ifdef __SANITIZE_ADDRESS__
TEST_F(Emulator, WritesOutsideAnAllocationStop) {
  const auto overrun = [this] {
    const DeviceArray<int> array(100);
    ok(launch(first_, 1, 128, fill_kernel, array.get(), std::size_t{101}, 1));
    ok(cudaStreamSynchronize(first_));
  };
  EXPECT_DEATH(overrun(), "use-after-poison");
}
#else
TEST_F(Emulator, WritesOutsideAnAllocationAreErrors) {
  const DeviceArray<int> array(100), zeros(std::vector<int>(64));
  ok(launch(first_, 1, 128, fill_kernel, array.get(), std::size_t{101}, 1));
  expect_error("wrote outside device allocation");
  ok(launch(first_, 1, 128, fill_kernel, array.get() - 1, std::size_t{1}, 1));
  expect_error("points to no device allocation");
  ok(launch(first_, 1, 128, fill_kernel, array.get(), std::size_t{100}, 1));
  ok(cudaStreamSynchronize(first_));
  EXPECT_EQ(array.values(), std::vector<int>(100, 1));
}
#endif

TEST_F(Emulator, TheHostCannotFollowDevicePointers) {
  const DeviceArray<int> array(std::vector<int>(10, 1));
  const volatile int* pointer = array.get();
  int seen = 0;
  EXPECT_DEATH(seen = pointer[3], "");
  EXPECT_EQ(seen, 0);
}

TEST_F(Emulator, LaunchesOutsideTheLimitsAreRefused) {
  const auto refused = [](dim3 grid, dim3 block) {
    return launch(nullptr, grid, block, throwing_kernel) == cudaErrorInvalidConfiguration &&
           cudaPeekAtLastError() == cudaErrorInvalidConfiguration &&
           cudaGetLastError() == cudaErrorInvalidConfiguration && cudaGetLastError() == cudaSuccess;
  };
  EXPECT_TRUE(refused(0, 32));
  EXPECT_TRUE(refused(1, 0));
  EXPECT_TRUE(refused(0x80000000U, 32));
  EXPECT_TRUE(refused(dim3(1, 65536), 32));
  EXPECT_TRUE(refused(dim3(1, 1, 65536), 32));
  EXPECT_TRUE(refused(1, 1025));
  EXPECT_TRUE(refused(1, dim3(32, 33)));
  EXPECT_TRUE(refused(1, dim3(1, 1, 65)));
  ok(cudaDeviceSynchronize());
}

TEST_F(Emulator, DescribesTheDevice) {
  int count = 0, value = 0;
  ok(cudaGetDeviceCount(&count));
  EXPECT_EQ(count, 1);
  cudaDeviceProp properties;
  ok(cudaGetDeviceProperties(&properties, 0));
  EXPECT_STREQ(properties.name, "CPU emulation of CUDA");
  EXPECT_EQ(properties.multiProcessorCount, 4);
  ok(cudaDeviceGetAttribute(&value, cudaDevAttrMultiProcessorCount, 0));
  EXPECT_EQ(value, 4);
  ok(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&value, fill_kernel, 256, 0));
  EXPECT_EQ(value, 2);
  std::uint64_t threshold = ~0ULL;
  cudaMemPool_t pool = nullptr;
  ok(cudaDeviceGetDefaultMemPool(&pool, 0));
  ok(cudaMemPoolSetAttribute(pool, cudaMemPoolAttrReleaseThreshold, &threshold));
  EXPECT_STREQ(cudaGetErrorName(cudaErrorNotReady), "cudaErrorNotReady");
  EXPECT_STREQ(cudaGetErrorString(cudaErrorInvalidValue), "invalid argument");
}

TEST_F(Emulator, ArithmeticIsTheDevices) {
  EXPECT_EQ(__umulhi(0xFFFFFFFF, 0xFFFFFFFF), 0xFFFFFFFEU);
  EXPECT_EQ(__umul64hi(~0ULL, ~0ULL), ~0ULL - 1);
  EXPECT_EQ(__float2int_rn(2.5F), 2);
  EXPECT_EQ(__float2int_rn(3.5F), 4);
  EXPECT_EQ(__float2int_rn(1e20F), 0x7FFFFFFF);
  EXPECT_EQ(__float2int_rn(std::bit_cast<float>(0x7FC00000)), 0);
  EXPECT_EQ(__clz(0), 32);
  EXPECT_EQ(__clz(1), 31);
  EXPECT_EQ(__clzll(1), 63);
  EXPECT_EQ(__ffs(8), 4);
  EXPECT_EQ(__popc(0xF0F0F0F0), 16);
  EXPECT_EQ(__byte_perm(0x33221100, 0x77665544, 0x7410), 0x77441100U);
  EXPECT_EQ(__funnelshift_r(0x11223344, 0xAABBCCDD, 8), 0xDD112233U);
  EXPECT_EQ(__dp4a(0x7F80FF01, 0x7F80FF02, 3), 127 * 127 + 128 * 128 + 1 + 2 + 3);
  EXPECT_EQ(min(-1, 1U), 1U);
  EXPECT_EQ(max(-1LL, 3LL), 3LL);
  EXPECT_EQ(__ull2double_rn(1ULL << 60), 0x1p60);
  EXPECT_EQ(alignof(float4), 16U);
  EXPECT_EQ(sizeof(ushort4), 8U);
  EXPECT_EQ(make_uint2(1, 2).y, 2U);
}

__global__ void empty_kernel(int* out) {
  if (blockIdx.x == 0xFFFFFFFF) *out = 1;
}

TEST_F(Emulator, AMillionThreadsAreQuick) {
  const DeviceArray<int> array(1 << 20);
  const auto start = std::chrono::steady_clock::now();
  ok(launch(first_, 4096, 256, fill_kernel, array.get(), std::size_t{1} << 20, 3));
  ok(cudaStreamSynchronize(first_));
  const auto fills = std::chrono::steady_clock::now();
  ok(launch(first_, 4096, 256, block_sum_kernel, array.get(), array.get()));
  ok(cudaStreamSynchronize(first_));
  const auto sums = std::chrono::steady_clock::now();
  for (int i = 0; i < 10000; ++i) ok(launch(first_, 1, 1, empty_kernel, array.get()));
  ok(cudaStreamSynchronize(first_));
  const auto launches = std::chrono::steady_clock::now();
  const auto ms = [](auto from, auto to) {
    return std::to_string(std::chrono::duration<double, std::milli>(to - from).count()) + " ms";
  };
  RecordProperty("fill", ms(start, fills));
  RecordProperty("block sums, 8 barriers", ms(fills, sums));
  RecordProperty("10000 launches", ms(sums, launches));
  EXPECT_LT(fills - start, std::chrono::seconds(5));
}

// ---- cuBLASLt

struct Gemm {
  std::uint64_t m = 24, n = 10, k = 36;
  std::int64_t lda = 48, ldb = 64, ldc = 32;
  std::int32_t batches = 1, alpha = 1, beta = 0;
  cublasOperation_t transpose_a = CUBLAS_OP_T, transpose_b = CUBLAS_OP_N;
  std::int32_t order_d = CUBLASLT_ORDER_COL;
  std::size_t offset_a = 0, workspace = 256;
  bool wide_values = false;
};

class CublasLt : public Emulator {
 protected:
  void SetUp() override {
    Emulator::SetUp();
    ASSERT_EQ(cublasLtCreate(&handle_), CUBLAS_STATUS_SUCCESS);
  }
  void TearDown() override {
    cublasLtDestroy(handle_);
    Emulator::TearDown();
  }

  cublasLtMatrixLayout_t layout(cudaDataType type, std::uint64_t rows, std::uint64_t cols, std::int64_t ld,
                                std::int32_t batches) {
    cublasLtMatrixLayout_t made = nullptr;
    cublasLtMatrixLayoutCreate(&made, type, rows, cols, ld);
    const std::int64_t stride = ld * static_cast<std::int64_t>(cols);
    cublasLtMatrixLayoutSetAttribute(made, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, &batches, sizeof batches);
    cublasLtMatrixLayoutSetAttribute(made, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, &stride, sizeof stride);
    return made;
  }

  // Runs it against a triple loop; returns the status of the heuristic, or of the product if that is not the same.
  cublasStatus_t run(const Gemm& g) {
    const auto count = static_cast<std::size_t>(g.batches);
    const auto lda = static_cast<std::size_t>(g.lda), ldb = static_cast<std::size_t>(g.ldb),
               ldc = static_cast<std::size_t>(g.ldc);
    std::mt19937 random(7);
    // Room behind the last column, which the refused shapes need.
    std::vector<std::int8_t> a(count * g.m * lda + 64), b(count * g.n * ldb + 64);
    std::vector<std::int32_t> c(count * g.n * ldc);
    for (auto& v : a) v = static_cast<std::int8_t>(g.wide_values ? 127 : static_cast<int>(random() % 256) - 128);
    for (auto& v : b) v = static_cast<std::int8_t>(g.wide_values ? 127 : static_cast<int>(random() % 256) - 128);
    for (auto& v : c) v = static_cast<std::int32_t>(random() % 1000) - 500;
    std::vector<std::int32_t> expected = c;
    for (std::size_t s = 0; s < count; ++s)
      for (std::size_t i = 0; i < g.m; ++i)
        for (std::size_t j = 0; j < g.n; ++j) {
          std::int32_t sum = 0;
          if (!g.wide_values)
            for (std::size_t l = 0; l < g.k; ++l) sum += a[(s * g.m + i) * lda + l] * b[(s * g.n + j) * ldb + l];
          std::int32_t& d = expected[(s * g.n + j) * ldc + i];
          d = g.alpha * sum + g.beta * d;
        }

    a.insert(a.begin(), g.offset_a, 0);
    const DeviceArray<std::int8_t> device_a(a), device_b(b), workspace(256);
    const DeviceArray<std::int32_t> device_c(c);
    cublasLtMatmulDesc_t description = nullptr;
    cublasLtMatmulDescCreate(&description, CUBLAS_COMPUTE_32I, CUDA_R_32I);
    cublasLtMatmulDescSetAttribute(description, CUBLASLT_MATMUL_DESC_TRANSA, &g.transpose_a, sizeof g.transpose_a);
    cublasLtMatmulDescSetAttribute(description, CUBLASLT_MATMUL_DESC_TRANSB, &g.transpose_b, sizeof g.transpose_b);
    cublasLtMatrixLayout_t la = layout(CUDA_R_8I, g.k, g.m, g.lda, g.batches),
                           lb = layout(CUDA_R_8I, g.k, g.n, g.ldb, g.batches),
                           lc = layout(CUDA_R_32I, g.m, g.n, g.ldc, g.batches);
    cublasLtMatrixLayoutSetAttribute(lc, CUBLASLT_MATRIX_LAYOUT_ORDER, &g.order_d, sizeof g.order_d);
    cublasLtMatmulPreference_t preference = nullptr;
    cublasLtMatmulPreferenceCreate(&preference);
    const std::uint64_t most = 1 << 20;
    cublasLtMatmulPreferenceSetAttribute(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, &most, sizeof most);
    cublasLtMatmulHeuristicResult_t result{};
    int found = 0;
    cublasStatus_t status =
        cublasLtMatmulAlgoGetHeuristic(handle_, description, la, lb, lc, lc, preference, 1, &result, &found);
    EXPECT_EQ(found, status == CUBLAS_STATUS_SUCCESS ? 1 : 0);
    const cublasStatus_t product =
        cublasLtMatmul(handle_, description, &g.alpha, device_a.get() + g.offset_a, la, device_b.get(), lb, &g.beta,
                       device_c.get(), lc, device_c.get(), lc, &result.algo, workspace.get(), g.workspace, first_);
    if (status == CUBLAS_STATUS_SUCCESS) status = product;
    cublasLtMatmulPreferenceDestroy(preference);
    cublasLtMatmulDescDestroy(description);
    for (const auto made : {la, lb, lc}) cublasLtMatrixLayoutDestroy(made);
    if (status != CUBLAS_STATUS_SUCCESS) {
      EXPECT_EQ(device_c.values(), c);
      return status;
    }
    cudaStreamSynchronize(first_);
    EXPECT_EQ(device_c.values(), expected);
    return status;
  }

  cublasLtHandle_t handle_ = nullptr;
};

TEST_F(CublasLt, MultipliesAsDescribed) {
  EXPECT_EQ(run({}), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(run({.alpha = -3, .beta = 2}), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(run({.m = 4, .n = 1, .k = 4, .lda = 16, .ldb = 16, .ldc = 4}), CUBLAS_STATUS_SUCCESS);
  EXPECT_EQ(run({.batches = 3, .beta = 1}), CUBLAS_STATUS_SUCCESS);
}

TEST_F(CublasLt, RefusesWhatTheLibraryHasNoKernelFor) {
  EXPECT_EQ(run({.m = 25}), CUBLAS_STATUS_NOT_SUPPORTED);
  EXPECT_EQ(run({.k = 35}), CUBLAS_STATUS_NOT_SUPPORTED);
  EXPECT_EQ(run({.lda = 40}), CUBLAS_STATUS_NOT_SUPPORTED);
  EXPECT_EQ(run({.ldc = 30}), CUBLAS_STATUS_NOT_SUPPORTED);
  EXPECT_EQ(run({.transpose_a = CUBLAS_OP_N}), CUBLAS_STATUS_NOT_SUPPORTED);
  EXPECT_EQ(run({.transpose_b = CUBLAS_OP_T}), CUBLAS_STATUS_NOT_SUPPORTED);
  EXPECT_EQ(run({.order_d = CUBLASLT_ORDER_ROW}), CUBLAS_STATUS_NOT_SUPPORTED);
  EXPECT_EQ(run({.offset_a = 4}), CUBLAS_STATUS_NOT_SUPPORTED);
  EXPECT_EQ(run({.workspace = 255}), CUBLAS_STATUS_INVALID_VALUE);
  EXPECT_EQ(run({.lda = 32}), CUBLAS_STATUS_INVALID_VALUE) << "columns overlap";
}

TEST_F(CublasLt, ResultsBeyondInt32AreErrors) {
  EXPECT_THROW(run({.m = 4, .n = 1, .k = 160000, .lda = 160000, .ldb = 160000, .ldc = 4, .wide_values = true}),
               KernelError);
}

}  // namespace

// Device and pinned memory, streams and events, launches: order, lifetimes, limits.
#include "emulator_fixture.h"

namespace luqsim::emulator::test {
namespace {

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

}  // namespace
}  // namespace luqsim::emulator::test

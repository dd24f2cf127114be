// Threads, barriers, warps and atomics: what a device computes, and the waits that are errors.
#include "emulator_fixture.h"

namespace luqsim::emulator::test {
namespace {

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

}  // namespace
}  // namespace luqsim::emulator::test

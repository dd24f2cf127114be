// More than 2^31 elements: indices that do not fit 32 bits. On a GPU alone, with 10 GB there and 20 GB here.
#include <unistd.h>

#include "luqsim/cuda/quantize.h"
#include "luqsim/numerics/tensor.h"

#include "on_device.h"
#include "sampling.h"

namespace luqsim::cuda {
namespace {

class Large : public test::DeviceTest {};

TEST_F(Large, LuqOfMoreThan2To31Elements) {
  constexpr std::uint64_t n = (std::uint64_t{1} << 31) + 30;
  constexpr std::uint64_t needed_here = 5 * n * sizeof(float) / 2;
  std::size_t free_bytes = 0, total = 0;
  check(cudaMemGetInfo(&free_bytes, &total), "cudaMemGetInfo");
  const auto memory =
      static_cast<std::uint64_t>(sysconf(_SC_AVPHYS_PAGES)) * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  if (free_bytes < 5 * n || memory < needed_here)
    GTEST_SKIP() << free_bytes << " bytes free on the device, " << memory << " here; wanted " << 5 * n << " and "
                 << needed_here;
  sampling::Source source(1);
  const std::vector<float> block = sampling::floats_near(source, 1.0F, 9, (1U << 20) + 3);
  std::vector<float> x(n);
  for (std::uint64_t i = 0; i < n; ++i) x[i] = block[i % block.size()];
  x[n - 1] = 0x1p30F;  // the maximum is the last element
  constexpr RandomStream random{.seed = 5, .tensor = 6, .step = 7, .sample = 0};
  const LuqResult model = luq_quantize(x, 1, n, {}, random);

  const DeviceArray<float> values(stream_, n);
  const DeviceArray<std::uint8_t> codes(stream_, n / 2);
  const auto statistics = test::zeroed<Statistics>(stream_);
  check(cudaMemcpyAsync(values.data(), x.data(), n * sizeof(float), cudaMemcpyHostToDevice, stream_),
        "cudaMemcpyAsync");
  measure(stream_, values.data(), n, statistics.data());
  luq_codes(stream_, values.data(), {1, n}, {}, random, statistics.data(), codes.data());
  std::vector<std::uint8_t> out(n / 2);
  check(cudaMemcpyAsync(out.data(), codes.data(), out.size(), cudaMemcpyDeviceToHost, stream_), "cudaMemcpyAsync");
  check(cudaStreamSynchronize(stream_), "cudaStreamSynchronize");
  EXPECT_EQ(statistics.host()[0].max_abs, 0x1p30F);
  EXPECT_TRUE(out == model.codes.bytes) << "codes differ";
}

}  // namespace
}  // namespace luqsim::cuda

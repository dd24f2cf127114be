// Kernel times on a GPU beside their ceilings, measured in the same run: a device copy for what moves bytes, cuBLASLt's
// own INT8 GEMM for the 4-bit one. Prints JSON. Results are checked first.
//
// usage: cuda_bench [ELEMENTS] [N]     (of the quantized tensor, default 2^28; of the N^3 GEMM, default 8192)
#include <algorithm>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <random>
#include <vector>

#include <boost/json.hpp>

#include "luqsim/cuda/packed_gemm.h"
#include "luqsim/cuda/quantize.h"
#include "luqsim/numerics/tensor.h"

namespace {

using namespace luqsim;
using cuda::check;
using cuda::DeviceArray;
using cuda::Statistics;

constexpr RandomStream random_stream{.seed = 1, .tensor = 2, .step = 3, .sample = 0};

class Bench {
 public:
  Bench() { check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "cudaStreamCreateWithFlags"); }

  cudaStream_t stream() const { return stream_; }

  // Median seconds of a run.
  double seconds(const std::function<void()>& run) {
    constexpr int warm_up = 3, runs = 21;
    std::vector<float> milliseconds(runs);
    cudaEvent_t begin = nullptr, end = nullptr;
    check(cudaEventCreate(&begin), "cudaEventCreate");
    check(cudaEventCreate(&end), "cudaEventCreate");
    for (int i = 0; i < warm_up; ++i) run();
    for (float& time : milliseconds) {
      check(cudaEventRecord(begin, stream_), "cudaEventRecord");
      run();
      check(cudaEventRecord(end, stream_), "cudaEventRecord");
      check(cudaEventSynchronize(end), "cudaEventSynchronize");
      check(cudaEventElapsedTime(&time, begin, end), "cudaEventElapsedTime");
    }
    check(cudaEventDestroy(begin), "cudaEventDestroy");
    check(cudaEventDestroy(end), "cudaEventDestroy");
    std::ranges::nth_element(milliseconds, milliseconds.begin() + runs / 2);
    return static_cast<double>(milliseconds[runs / 2]) * 1e-3;
  }

  // A kernel that moves so many bytes, against the copy.
  void memory(const char* name, double bytes, const std::function<void()>& run) {
    const double time = seconds(run), rate = bytes / time;
    if (copy_rate_ == 0) copy_rate_ = rate;
    report_[name] = {{"seconds", time}, {"bytes_per_second", rate}, {"of_copy", rate / copy_rate_}};
  }

  boost::json::object& report() { return report_; }

 private:
  cudaStream_t stream_ = nullptr;
  double copy_rate_ = 0;
  boost::json::object report_;
};

template <class T>
void upload(const Bench& bench, const DeviceArray<T>& to, const std::vector<T>& values) {
  check(cudaMemcpyAsync(to.data(), values.data(), values.size() * sizeof(T), cudaMemcpyHostToDevice, bench.stream()),
        "cudaMemcpyAsync");
}

template <class T>
std::vector<T> download(const Bench& bench, const DeviceArray<T>& from) {
  std::vector<T> values(from.size());
  check(cudaMemcpyAsync(values.data(), from.data(), values.size() * sizeof(T), cudaMemcpyDeviceToHost, bench.stream()),
        "cudaMemcpyAsync");
  check(cudaStreamSynchronize(bench.stream()), "cudaStreamSynchronize");
  return values;
}

void require(bool equal, const char* what) {
  if (!equal) throw std::runtime_error(std::string(what) + " differs from the model: not timed");
}

// Gradients are about lognormal.
std::vector<float> gradients(std::uint64_t n) {
  std::mt19937_64 random(1);
  std::vector<float> x(n), block(std::min<std::uint64_t>(n, 1 << 20));
  std::normal_distribution<float> normal;
  for (float& v : block) v = normal(random) * std::exp(normal(random));
  for (std::uint64_t i = 0; i < n; ++i) x[i] = block[i % block.size()];
  return x;
}

void quantizers(Bench& bench, std::uint64_t n) {
  const cudaStream_t stream = bench.stream();
  const std::vector<float> host = gradients(n);
  const DeviceArray<float> x(stream, n), y(stream, n), estimate(stream, 1);
  const DeviceArray<std::uint8_t> codes(stream, n / 2);
  const DeviceArray<Statistics> statistics(stream, 1);
  const auto clear = [&] {
    check(cudaMemsetAsync(statistics.data(), 0, sizeof(Statistics), stream), "cudaMemsetAsync");
  };
  const cuda::Shape shape{1, n};
  upload(bench, x, host);
  const LuqResult model = luq_quantize(host, 1, n, {}, random_stream);
  upload(bench, estimate, std::vector<float>{model.estimate});

  const auto two_pass = [&] {
    clear();
    cuda::measure(stream, x.data(), n, statistics.data());
    cuda::luq_codes(stream, x.data(), shape, {}, random_stream, statistics.data(), codes.data());
  };
  const auto one_pass = [&] {
    clear();
    cuda::luq_codes_hindsight(stream, x.data(), shape, {}, random_stream, estimate.data(), statistics.data(),
                              codes.data());
  };
  const auto sawb = [&] {
    clear();
    cuda::sawb_codes(stream, x.data(), {1, std::min<std::uint64_t>(n, 1U << 27)}, {}, statistics.data(), codes.data());
  };
  for (const auto& quantize : {std::function<void()>(two_pass), std::function<void()>(one_pass)}) {
    quantize();
    require(download(bench, codes) == model.codes.bytes, "LUQ");
  }

  const double bytes = static_cast<double>(n), sawb_elements = std::min(bytes, 0x1p27);
  bench.memory("copy", 8 * bytes, [&] {
    check(cudaMemcpyAsync(y.data(), x.data(), n * sizeof(float), cudaMemcpyDeviceToDevice, stream), "cudaMemcpyAsync");
  });
  bench.memory("luq_one_pass", 4.5 * bytes, one_pass);
  bench.memory("luq_two_passes", 8.5 * bytes, two_pass);
  bench.memory("sawb_three_passes", 12.5 * sawb_elements, sawb);
  bench.memory("measure", 4 * bytes, [&] {
    clear();
    cuda::measure(stream, x.data(), n, statistics.data());
  });
  bench.memory("dequantize", 4.5 * bytes, [&] {
    cuda::dequantize(stream, codes.data(), Format::fp4_e3m0, shape, &statistics.data()->scale, y.data());
  });
}

void gemms(Bench& bench, std::uint64_t n) {
  const cudaStream_t stream = bench.stream();
  std::mt19937_64 random(2);
  std::vector<std::uint8_t> bytes_a(n * n / 2), bytes_b(n * n / 2);
  for (auto* bytes : {&bytes_a, &bytes_b})
    for (std::uint8_t& b : *bytes) b = static_cast<std::uint8_t>(random());
  const DeviceArray<std::uint8_t> a(stream, bytes_a.size()), b(stream, bytes_b.size());
  const DeviceArray<std::int8_t> wide_a(stream, n * n), wide_b(stream, n * n);
  const DeviceArray<std::int32_t> sums(stream, n * n);
  const DeviceArray<float> out(stream, n * n), scale(stream, 1);
  upload(bench, a, bytes_a);
  upload(bench, b, bytes_b);
  upload(bench, scale, std::vector<float>{1.0F});
  const std::uint8_t *codes_a = a.data(), *codes_b = b.data();
  // dgrad: fp4 gradients by int4 weights, transposed.
  const cuda::PackedOperand left{Format::fp4_e3m0, {n, n}, {&codes_a, 1}, scale.data()};
  cuda::PackedOperand right{Format::int4, {n, n}, {&codes_b, 1}, scale.data()};
  right.transposed = true;
  cuda::PackedGemm packed(stream);
  cuda::Int8Gemm plain(stream);
  std::string_view algorithm;
  const auto run_packed = [&] { algorithm = packed.run(left, right, n, n, n, out.data()); };
  const auto run_plain = [&] { plain.run(wide_a.data(), wide_b.data(), sums.data(), n, n, n); };
  cuda::widen(stream, codes_a, Format::fp4_e3m0, {n, n}, wide_a.data());
  cuda::widen(stream, codes_b, Format::int4, {n, n}, wide_b.data());
  run_packed();
  run_plain();

  // Some rows in full against plain sums.
  const std::vector<float> values = download(bench, out);
  const auto x = decode_values({Format::fp4_e3m0, n, n, bytes_a}), y = decode_values({Format::int4, n, n, bytes_b});
  for (const std::uint64_t row : {std::uint64_t{0}, n / 3, n - 1})
    for (std::uint64_t col = 0; col < n; ++col) {
      std::int32_t sum = 0;
      for (std::uint64_t k = 0; k < n; ++k) sum += x[row * n + k] * y[col * n + k];
      require(values[row * n + col] == static_cast<float>(sum), "the 4-bit GEMM");
    }

  const double plain_time = bench.seconds(run_plain), packed_time = bench.seconds(run_packed);
  const double macs = static_cast<double>(n) * static_cast<double>(n) * static_cast<double>(n);
  bench.report()["gemm"] = {{"n", n},
                            {"algorithm", algorithm},
                            {"cublaslt_s8_seconds", plain_time},
                            {"cublaslt_s8_macs_per_second", macs / plain_time},
                            {"packed_4_bit_seconds", packed_time},
                            {"packed_4_bit_macs_per_second", macs / packed_time},
                            {"of_cublaslt_s8", plain_time / packed_time}};
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (const std::string missing = cuda::missing_device(); !missing.empty()) {
      std::cerr << "cuda_bench: no usable CUDA device: " << missing << "\n";
      return 77;
    }
    Bench bench;
    quantizers(bench, argc > 1 ? std::strtoull(argv[1], nullptr, 10) : std::uint64_t{1} << 28);
    gemms(bench, argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 8192);
    std::cout << boost::json::serialize(bench.report()) << "\n";
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "cuda_bench: " << e.what() << "\n";
    return 3;
  }
}

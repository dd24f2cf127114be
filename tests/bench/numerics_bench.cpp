// Quantizers and exact GEMM against their limits. Correctness is checked before anything is timed.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <random>
#include <utility>

#include <benchmark/benchmark.h>
#include <dnnl.h>

#include "luqsim/numerics/gemm.h"
#include "luqsim/numerics/luq.h"
#include "luqsim/numerics/sawb.h"

#include "luq_bridge.h"
#include "oracle/sawb.h"

namespace luqsim {
namespace {

// The tensor that bench.py also gives to PyTorch, or random values of a gradient's shape.
std::vector<float> read_tensor() {
  std::vector<float> x(std::size_t{1} << 22);
  if (const char* path = std::getenv("LUQSIM_BENCH_TENSOR")) {
    std::ifstream file(path, std::ios::binary);
    file.read(reinterpret_cast<char*>(x.data()), static_cast<std::streamsize>(x.size() * sizeof(float)));
    if (!file) {
      std::fprintf(stderr, "cannot read %zu floats from %s\n", x.size(), path);
      std::exit(2);
    }
    return x;
  }
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  for (float& v : x) v = normal(random) * std::exp(normal(random));
  return x;
}

const std::vector<float>& tensor() {
  static const std::vector<float> x = read_tensor();
  return x;
}

constexpr RandomStream stream{.seed = 1, .tensor = 2, .step = 3};

// The whole quantizer: maximum, Philox, rounding, packing.
void luq(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(luq_quantize(tensor(), 2048, 2048, {}, stream));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(tensor().size()));
}
BENCHMARK(luq);

void sawb(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(sawb_quantize(tensor(), 2048, 2048));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(tensor().size()));
}
BENCHMARK(sawb);

// What moves as many elements and computes nothing.
void memory_copy(benchmark::State& state) {
  std::vector<float> copy(tensor().size());
  for (auto _ : state) {
    std::memcpy(copy.data(), tensor().data(), copy.size() * sizeof(float));
    benchmark::DoNotOptimize(copy.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(tensor().size()));
}
BENCHMARK(memory_copy);

struct GemmOperands {
  explicit GemmOperands(std::size_t n)
      : size(n),
        a(sawb_quantize(std::span(tensor()).first(n * n), n, n).codes),
        b(luq_quantize(std::span(tensor()).last(n * n), n, n, {}, stream).codes),
        c(n * n) {}
  std::size_t size;
  CodeTensor a, b;
  std::vector<std::int32_t> c;
  std::int64_t macs() const { return static_cast<std::int64_t>(size * size * size); }
};

Int8Matrix matrix(const std::vector<std::int8_t>& values, std::size_t n) { return {values.data(), n, n, n}; }

// From packed codes to sums.
void exact_gemm(benchmark::State& state) {
  GemmOperands g(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    const auto a = decode_values(g.a.view()), b = decode_values(g.b.view());
    gemm_s8s8s32(matrix(a, g.size), matrix(b, g.size), g.c);
    benchmark::DoNotOptimize(g.c.data());
  }
  state.SetItemsProcessed(state.iterations() * g.macs());
}
BENCHMARK(exact_gemm)->Arg(1024)->Arg(2048);

// The limit: oneDNN's call on int8 values that are already there.
void onednn_gemm(benchmark::State& state) {
  GemmOperands g(static_cast<std::size_t>(state.range(0)));
  const auto a = decode_values(g.a.view()), b = decode_values(g.b.view());
  const auto n = static_cast<dnnl_dim_t>(g.size);
  const std::int32_t zero = 0;
  for (auto _ : state) {
    dnnl_gemm_s8s8s32('N', 'N', 'F', n, n, n, 1.0F, a.data(), n, 0, b.data(), n, 0, 0.0F, g.c.data(), n, &zero);
    benchmark::DoNotOptimize(g.c.data());
  }
  state.SetItemsProcessed(state.iterations() * g.macs());
}
BENCHMARK(onednn_gemm)->Arg(1024)->Arg(2048);

// Small, but every path: oneDNN and the plain loops agree.
bool gemm_is_exact() {
  GemmOperands g(96);
  const auto a = decode_values(g.a.view()), b = decode_values(g.b.view());
  std::vector<std::int32_t> loops(g.c.size());
  gemm_s8s8s32(matrix(a, 96), matrix(b, 96), g.c);
  gemm_s8s8s32_loops(matrix(a, 96), matrix(b, 96), loops);
  return loops == g.c;
}

// The start of the tensor in rows of odd and even length, against the oracle.
constexpr std::size_t checked_rows = 33;

bool luq_is_exact() {
  for (const std::size_t cols : {257, 256}) {
    const std::vector<float> x(tensor().begin(), tensor().begin() + static_cast<std::ptrdiff_t>(checked_rows * cols));
    const LuqResult result = luq_quantize(x, checked_rows, cols, {}, stream);
    const auto levels = bridge::oracle_levels(x, 0, oracle::max_magnitude(x), {}, stream);
    if (result.codes.bytes != pack_levels(Format::fp4_e3m0, checked_rows, cols, levels).bytes) return false;
  }
  return true;
}

bool sawb_is_exact() {
  for (const std::size_t cols : {257, 256}) {
    const std::vector<float> x(tensor().begin(), tensor().begin() + static_cast<std::ptrdiff_t>(checked_rows * cols));
    const SawbResult result = sawb_quantize(x, checked_rows, cols);
    const float scale = oracle::sawb_scale(x, {});
    std::vector<std::int8_t> levels;
    for (const float value : x) levels.push_back(static_cast<std::int8_t>(oracle::sawb_level(value, scale, true)));
    if (result.scale != scale || result.codes.bytes != pack_levels(Format::int4, checked_rows, cols, levels).bytes)
      return false;
  }
  return true;
}

}  // namespace
}  // namespace luqsim

int main(int argc, char** argv) {
  const std::pair<const char*, bool> checks[] = {{"exact GEMM disagrees with the plain loops", luqsim::gemm_is_exact()},
                                                 {"LUQ disagrees with the oracle", luqsim::luq_is_exact()},
                                                 {"SAWB disagrees with the oracle", luqsim::sawb_is_exact()}};
  for (const auto& [difference, is_exact] : checks)
    if (!is_exact) {
      std::fprintf(stderr, "%s; nothing timed\n", difference);
      return 1;
    }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}

// How fast the simulator is: simulated MACs, folds and PE updates a second.
#include <random>

#include <benchmark/benchmark.h>

#include "luqsim/import/import.h"
#include "luqsim/numerics/gemm.h"
#include "luqsim/sim/simulate.h"

#include "random_trace.h"
#include "temporary_folder.h"

namespace luqsim {
namespace {

Architecture design(std::uint32_t side) {
  const std::vector<std::string> overrides{"array.rows=" + std::to_string(side), "array.cols=" + std::to_string(side),
                                           "buffers.out.bytes=" + std::to_string(std::max(32768U, 8 * side * side))};
  return load_architecture(LUQSIM_BENCH_CONFIGS "/arch/default.yaml", overrides);
}

// One n^3 GEMM of recorded codes with its output, and no sources: nothing to quantize.
Trace gemm_trace(const std::filesystem::path& path, std::uint64_t n) {
  std::mt19937 random(1);
  std::vector<std::uint8_t> bytes(n * n / 2);
  TraceWriter writer(path, {.backend = "cpu"});
  Record record{.id = "gemm", .m = n, .n = n, .k = n};
  CodeTensor codes[2];
  for (int i = 0; i < 2; ++i) {
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
    codes[i] = {Format::int4, n, n, bytes};
    Operand& operand = i == 0 ? record.a : record.b;
    operand.rows = operand.cols = n;
    operand.codes = {writer.add(i == 0 ? "a" : "b", codes[i].view())};
  }
  std::vector<std::int32_t> sums(n * n);
  const auto a = decode_values(codes[0].view()), b = decode_values(codes[1].view());
  gemm_s8s8s32({a.data(), n, n, n}, {b.data(), n, n, n}, sums);
  record.out = writer.add("out", std::vector<float>(sums.begin(), sums.end()), n, n);
  writer.add(record);
  writer.commit();
  return Trace::open(path);
}

void run(benchmark::State& state, const Architecture& architecture, const Trace& trace, Fidelity fidelity) {
  RunResult result;
  for (auto _ : state) result = simulate(architecture, trace, {.fidelity = fidelity});
  if (result.total.exact_tensors != result.total.tensors) state.SkipWithError("not bit-exact");
  const auto per_second = [](std::uint64_t n) {
    return benchmark::Counter(static_cast<double>(n), benchmark::Counter::kIsIterationInvariantRate);
  };
  state.counters["MACs"] = per_second(result.total.macs);
  state.counters["cycles"] = per_second(result.total.cycles);
}

// Values and cycles together; n on a side x side array.
void functional(benchmark::State& state) {
  const test::TemporaryFolder folder;
  const auto n = static_cast<std::uint64_t>(state.range(0));
  Architecture a = design(static_cast<std::uint32_t>(state.range(1)));
  a.array.dataflow = static_cast<Dataflow>(state.range(2));
  a.array.accumulator.kind = AccumulatorKind::int32;
  run(state, a, gemm_trace(folder / "gemm.safetensors", n), Fidelity::wave);
  state.SetLabel(std::string(name_of(a.array.dataflow)));
}
BENCHMARK(functional)
    ->ArgNames({"n", "array", "dataflow"})
    ->Args({1024, 32, 0})
    ->Args({1024, 32, 1})
    ->Args({1024, 32, 2})
    ->Args({1024, 128, 0})
    ->Args({2048, 128, 0});

// The limit: the same product by one call.
void plain_gemm(benchmark::State& state) {
  const auto n = static_cast<std::uint64_t>(state.range(0));
  std::vector<std::int8_t> a(n * n, 3), b(n * n, 2);
  std::vector<std::int32_t> sums(n * n);
  for (auto _ : state) gemm_s8s8s32({a.data(), n, n, n}, {b.data(), n, n, n}, sums);
  state.counters["MACs"] =
      benchmark::Counter(static_cast<double>(n * n * n), benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(plain_gemm)->Arg(1024)->Arg(2048);

// The product of one pair of tiles on 32 x 32: two panels of A with one of B.
void tile_gemm(benchmark::State& state) {
  constexpr std::size_t m = 64, n = 32, k = 1024;
  std::vector<std::int8_t> a(m * k, 3), b(k * n, 2);
  std::vector<std::int32_t> sums(m * n);
  for (auto _ : state) gemm_s8s8s32({a.data(), m, k, k}, {b.data(), k, n, n}, sums);
  state.counters["MACs"] =
      benchmark::Counter(static_cast<double>(m * n * k), benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(tile_gemm);

// Every PE a module: updates of a PE a second.
void per_pe(benchmark::State& state) {
  const test::TemporaryFolder folder;
  const Architecture a = design(8);
  run(state, a, gemm_trace(folder / "gemm.safetensors", 64), Fidelity::pe);
}
BENCHMARK(per_pe);

void resnet50_step(benchmark::State& state) {
  const Trace trace = import_shapes(LUQSIM_BENCH_CONFIGS "/workloads/resnet50.yaml", {.batch = 32});
  run(state, design(128), trace, Fidelity::wave);
}
BENCHMARK(resnet50_step)->Unit(benchmark::kMillisecond);

// Timing only, `folds` folds of a 32 x 32 array with K = 256.
void folds(benchmark::State& state) {
  const auto count = static_cast<std::uint64_t>(state.range(0));
  Record record{.id = "gemm", .m = 32 * count, .n = 32, .k = 256};
  record.a.rows = record.m;
  record.a.cols = record.b.rows = record.k;
  record.b.cols = record.n;
  run(state, design(32), Trace::of_shapes("folds", {.backend = "cpu"}, {record}), Fidelity::wave);
  state.counters["folds"] =
      benchmark::Counter(static_cast<double>(count), benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(folds)->RangeMultiplier(10)->Range(100, 100000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace luqsim

// libsystemc.so brings a main of its own, which would win over Google Benchmark's library.
BENCHMARK_MAIN();

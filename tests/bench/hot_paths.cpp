// hot_paths NAME TIMES: runs one hot path so often. instructions.py counts the instructions that a run more takes.
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "luqsim/import/import.h"
#include "luqsim/numerics/gemm.h"
#include "luqsim/numerics/luq.h"
#include "luqsim/numerics/sawb.h"
#include "luqsim/sim/simulate.h"

namespace luqsim {
namespace {

constexpr std::size_t side = 256;

std::vector<float> tensor() {
  std::vector<float> x(side * side);
  std::mt19937 random(1);
  for (float& v : x) v = static_cast<float>(random()) * 0x1p-31F - 1;
  return x;
}

// A design whose sums are rounded in order, on the bundled trace, and the timing of a network's step.
void simulate_bundled(const std::string& design, const std::string& workload) {
  const std::string source = LUQSIM_BENCH_SOURCE;
  simulate(load_architecture(source + "/configs/arch/" + design + ".yaml"),
           open_workload(source + "/" + workload, 0, {}));
}

std::map<std::string, std::function<void()>> paths() {
  const std::vector<float> x = tensor();
  return {{"luq", [x] { luq_quantize(x, side, side, {}, {}); }},
          {"luq_pow2", [x] { luq_quantize(x, side, side, {.alpha = Alpha::pow2}, {}); }},
          {"sawb", [x] { sawb_quantize(x, side, side); }},
          {"decode", [codes = sawb_quantize(x, side, side).codes] { decode_values(codes.view()); }},
          {"ordered_sums", [] { simulate_bundled("mf-bprop-fp16", "traces/samples/digits-mlp.safetensors"); }},
          {"timing", [] { simulate_bundled("default", "configs/workloads/resnet18.yaml"); }}};
}

}  // namespace
}  // namespace luqsim

int main(int argc, char** argv) {
  const auto paths = luqsim::paths();
  const auto path = paths.find(argc == 3 ? argv[1] : "");
  if (path == paths.end()) {
    for (const auto& [name, run] : paths) std::printf("%s\n", name.c_str());
    return argc == 1 ? 0 : 2;
  }
  for (int i = std::atoi(argv[2]); i > 0; --i) path->second();
}

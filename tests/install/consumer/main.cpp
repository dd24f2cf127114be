// Quantizes a vector, and runs a GEMM on the design file that it is given.
#include <cstdio>
#include <vector>

#include <luqsim/arch/architecture.h>
#include <luqsim/numerics/luq.h>
#include <luqsim/sim/simulate.h>

int main(int, char** argv) {
  const std::vector<float> x{0.5F, -1.0F, 0.25F};
  const luqsim::LuqResult result = luqsim::luq_quantize(x, 1, 3, {}, {.seed = 1});
  const unsigned code = result.codes.view().code(0, 1) & 7U;
  std::printf("level %u of %g in units of alpha\n", code, luqsim::decode(luqsim::Format::fp4_e3m0, code));

  luqsim::Record gemm{.id = "gemm", .m = 32, .n = 48, .k = 64};
  gemm.a.rows = 32;
  gemm.a.cols = gemm.b.rows = 64;
  gemm.b.cols = 48;
  const luqsim::Trace trace = luqsim::Trace::of_shapes("consumer", {.backend = "cpu"}, {gemm});
  const luqsim::RunResult run = luqsim::simulate(luqsim::load_architecture(argv[1]), trace);
  std::printf("%llu MACs\n", static_cast<unsigned long long>(run.total.macs));
  return run.total.cycles > 0 ? 0 : 1;
}

#include <cstdio>
#include <vector>

#include <luqsim/numerics/luq.h>
#include <luqsim/sim/simulate.h>

int main() {
  const std::vector<float> x{0.5F, -1.0F, 0.25F};
  const luqsim::LuqResult result = luqsim::luq_quantize(x, 1, 3, {}, {.seed = 1});
  const unsigned code = result.codes.view().code(0, 1) & 7U;
  std::printf("level %u of %g in units of alpha\n", code, luqsim::decode(luqsim::Format::fp4_e3m0, code));
  return 0;
}

// Sweep files, and the points of those that have few.
#include "luqsim/arch/sweep_file.h"

#include "input_file.h"

namespace luqsim {
namespace {

constexpr std::uint64_t few = 1000;

std::uint64_t points_of(const SweepFile& sweep) {
  std::uint64_t grid = sweep.grid.empty() ? 0 : 1;  // the reader holds it below most_points
  for (const ValueList& list : sweep.grid) grid *= list.values.size();
  return grid + sweep.list.size() + (sweep.random ? sweep.random->count : 0);
}

}  // namespace
}  // namespace luqsim

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace luqsim;
  static fuzz::InputFile file;
  try {
    const SweepFile sweep = read_sweep_file(file.write(data, size));
    const std::uint64_t points = points_of(sweep);
    if (points <= few && expand(sweep).size() != points) std::abort();
  } catch (const ArchitectureError&) {
  }
  return 0;
}

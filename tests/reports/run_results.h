// Results as a simulation could have made them.
#pragma once
#include <string>

#include "luqsim/results/results.h"

namespace luqsim::test {

struct RunShape {
  std::string name = "design";
  std::uint64_t cycles = 1000;
  double square_millimeters = 1;
  std::uint64_t mismatching = 0;
  std::string stall = "dram_read";  // what the array's cycles above 1000 are spent on
  std::string record = "record";    // also the layer's name
};

// One record of 256 MACs a cycle at most; two tensors, of which `mismatching` differ.
RunResult run_result(const RunShape& shape);

}  // namespace luqsim::test

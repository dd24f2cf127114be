// Gate counts of the blocks of arch/rtl, as Yosys synthesised them (arch/area/gates.yaml, built into the library).
#pragma once
#include <map>
#include <string>

namespace luqsim {

struct BlockGates {
  double combinational = 0, sequential = 0;  // NAND2 equivalents
  int depth = 0;                             // cells on the longest path

  double total() const { return combinational + sequential; }
};

// A block with these parameters. Throws std::logic_error when it was not synthesised.
const BlockGates& block_gates(const std::string& block, const std::map<std::string, int>& parameters = {});

// Of a flip-flop.
double flip_flop_gates();

}  // namespace luqsim

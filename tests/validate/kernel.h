// A kernel with mistakes, as its author might have written it: plain binary32 and integer operations, no code of the
// library's quantizers or of the diagnosis. Writes what it computes as a trace.
#pragma once
#include <filesystem>
#include <set>
#include <vector>

#include "luqsim/numerics/luq.h"
#include "luqsim/traces/record.h"
#include "luqsim/validate/diagnose.h"

namespace luqsim::test {

using Mistakes = std::set<Hypothesis>;

struct Matrix {
  std::uint64_t rows = 0, cols = 0;
  std::vector<float> values;
  float at(std::uint64_t i, std::uint64_t j) const { return values[i * cols + j]; }
};

struct KernelInput {
  Matrix a, d;  // wgrad: out = transposed(a) d, a in int4 by SAWB, d in fp4 by LUQ
  LuqConfig luq;
  RandomStream stream{0x123456789ABCDEF0, 77, 1234, 0};
  std::optional<float> estimate;
  std::uint32_t samples = 1;
  // Codes given instead of quantized ones, one after the other again and again, for sums of any size.
  std::vector<int> codes_a, codes_d;
  // What the record claims.
  std::optional<DotModelUse> dot_model;
  SawbConfig sawb;
};

// a is normal, d about lognormal.
KernelInput normal_input(std::uint64_t rows, std::uint64_t cols_a, std::uint64_t cols_d);
// Values around the edges of every rounding decision of d and a, the largest magnitude of d negative.
KernelInput edge_input(std::uint64_t rows, std::uint64_t cols_a, std::uint64_t cols_d, float magnitude = 1.0F);

void run_kernel(const KernelInput& input, const Mistakes& mistakes, const std::filesystem::path& trace);

}  // namespace luqsim::test

// Statistics of a trace's contents for `luqsim inspect`.
#pragma once
#include <array>
#include <cstdint>

#include "luqsim/traces/trace.h"

namespace luqsim {

struct CodeStatistics {
  std::array<std::uint64_t, 16> histogram{};  // by code, padding nibbles left out
  std::uint64_t count = 0;
  double zero_fraction() const;
};

CodeStatistics code_statistics(const CodeView& codes);

}  // namespace luqsim

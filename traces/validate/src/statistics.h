// What a quantizer measures of an operand's source, and the scale that follows.
#pragma once
#include "luqsim/traces/trace.h"

namespace luqsim {

struct SourceStatistics {
  MaxAbs measured;
  SawbMoments moments;  // SAWB alone
};

SourceStatistics measure_source(const Trace& trace, const Operand& operand, int threads);

// The operand's scale as specified, from its statistics.
float specified_scale(const Operand& operand, const SourceStatistics& statistics);

// Elements first .. first + out.size() - 1 of rows and columns as they are stored.
inline constexpr std::uint64_t piece_elements = std::uint64_t{1} << 18;  // a multiple of 8: whole random blocks

}  // namespace luqsim

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

// Elements first .. first + count - 1 of an operand's source: where they lie in the file, or, where they are not floats
// there, in `buffer`.
std::span<const float> source_values(const Trace& trace, const Operand& operand, std::uint64_t first,
                                     std::uint64_t count, std::vector<float>& buffer);

inline constexpr std::uint64_t piece_elements = std::uint64_t{1} << 18;  // a multiple of 8: whole random blocks

}  // namespace luqsim

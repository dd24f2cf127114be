// Checks an operand's scale and codes against its source.
#pragma once
#include <cstdint>
#include <optional>

#include "luqsim/traces/trace.h"
#include "luqsim/validate/report.h"

#include "statistics.h"

namespace luqsim {

// Of an operand that has a source, codes and a quantization. One element, the recorded scale; a problem where
// the source holds NaN or infinity.
Check check_scale(const Operand& operand, const SourceStatistics& statistics);
// The codes of one sample, [rows, cols] of the stored tensor. The source must be finite: `statistics` say.
Check check_codes(const Trace& trace, const Operand& operand, std::size_t sample, const SourceStatistics& statistics,
                  int threads);

// The 16-bit lane of an element of sample `sample`; absent for quantizers without random numbers.
std::optional<std::uint16_t> random_lane_of(const Operand& operand, std::size_t sample, std::uint64_t element);

}  // namespace luqsim

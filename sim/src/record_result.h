// What a record's result says before anything is simulated.
#pragma once
#include <cstdint>

#include "luqsim/results/results.h"
#include "luqsim/traces/record.h"

namespace luqsim {

// Identity, shape and formats of the record, with the multiplications of `samples` >= 1 samples; the rest is zero.
RecordResult new_result(const Record& record, std::uint64_t samples);

}  // namespace luqsim

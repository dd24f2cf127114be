// From layers to the records of a trace.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "luqsim/traces/record.h"

#include "layer.h"

namespace luqsim {

// The GEMMs of the layers' passes, in the order of training. Throws TraceError at the layer that is too large.
std::vector<Record> make_records(std::span<const Layer> layers, std::uint64_t batch, std::span<const Pass> passes);

}  // namespace luqsim

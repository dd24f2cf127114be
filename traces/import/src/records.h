// From layers to the records of a trace.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "luqsim/traces/record.h"

#include "layer.h"

namespace luqsim {

constexpr std::uint64_t record_limit = 1'000'000;  // of a trace that is made from layers

// The GEMMs of the layers' passes, in the order of training. Throws TraceError at the layer that is too large.
std::vector<Record> make_records(std::span<const Layer> layers, std::uint64_t batch, std::span<const Pass> passes);

}  // namespace luqsim

// From layers to the records of a trace.
#pragma once
#include <algorithm>
#include <cstdint>
#include <utility>

#include "luqsim/traces/trace.h"

#include "layer.h"
#include "records.h"

namespace luqsim::fuzz {

// Up to a million records are allowed and take seconds: of the layers, those that make few, and those that make too
// many.
inline bool is_quick(const LayerList& list, std::uint64_t batch) {
  constexpr std::uint64_t few = 1000;
  std::uint64_t gemms = 0;
  for (const Layer& layer : list.layers) {
    const auto* conv = std::get_if<ConvLayer>(&layer.shape);
    const auto* gemm = std::get_if<GemmLayer>(&layer.shape);
    const std::uint64_t parts = conv != nullptr ? conv->groups : gemm->per_sample ? batch : 1;
    gemms = std::min(gemms + layer.repeat * parts, 2 * record_limit);
  }
  return gemms <= few || gemms > record_limit;
}

inline void make_trace(const LayerList& list) {
  constexpr std::array passes{Pass::fprop, Pass::dgrad, Pass::wgrad};
  const std::uint64_t batch = list.has_batch ? 1 : list.batch.value_or(1);
  if (is_quick(list, batch)) Trace::of_shapes("input", {.backend = "cpu"}, make_records(list.layers, batch, passes));
}

}  // namespace luqsim::fuzz

// The model's accumulator as a block's output shows it.
#pragma once
#include "luqsim/numerics/accumulator.h"
#include "luqsim/numerics/format.h"

namespace luqsim::test {

inline std::uint32_t register_code(const AccumulatorConfig& config, const AccumulatorState& state) {
  if (const int bits = integer_bits(config.kind); bits > 0)
    return static_cast<std::uint32_t>(static_cast<std::int32_t>(state.value)) & (0xFFFFFFFFU >> (32 - bits));
  return encode(config.kind == AccumulatorKind::fp32   ? Format::fp32
                : config.kind == AccumulatorKind::bf16 ? Format::bf16
                                                       : Format::fp16,
                accumulated(config, state));
}

}  // namespace luqsim::test

// The loads of one operand of a GEMM, in the order of its schedule.
#pragma once
#include "luqsim/numerics/tensor.h"

#include "tiles.h"

namespace luqsim {

enum class Side : std::uint8_t { a, b };

// `samples`: the packed codes of each sample, which must outlive the job; empty: timing only, the tiles stay empty.
std::shared_ptr<const LoadJob> make_tile_loads(const Schedule& schedule, Side side, const Operand& operand,
                                               std::vector<CodeView> samples);

}  // namespace luqsim

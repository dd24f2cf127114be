// What the parts of the emulator know of launches.
#pragma once
#include <cstddef>

#include "luqsim_emulator/vector_types.h"

namespace luqsim::emulator {

void set_grid_size(dim3 size);
// Dynamic shared memory that a kernel may be launched with; false if it is more than there is.
bool permit_shared(const void* kernel, std::size_t bytes);

}  // namespace luqsim::emulator

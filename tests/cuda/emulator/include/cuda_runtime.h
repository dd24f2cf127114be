// The part of the CUDA runtime and of CUDA C++ that the project's kernels use, emulated on the CPU: the same sources
// compile with g++ and run without a GPU, to find wrong indices, barriers and missing synchronisation.
#pragma once
#include "luqsim_emulator/qualifiers.h"
//
#include "cuda_runtime_api.h"
#include "luqsim_emulator/arithmetic.h"
#include "luqsim_emulator/atomics.h"
#include "luqsim_emulator/collectives.h"
#include "luqsim_emulator/control.h"
#include "luqsim_emulator/launch.h"

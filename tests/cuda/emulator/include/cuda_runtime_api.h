// The host functions of the CUDA runtime, emulated on the CPU.
#pragma once
#include "luqsim_emulator/runtime_api.h"

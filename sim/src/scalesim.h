// The compute cycles that SCALE-Sim v3 reports, for comparison with results of that simulator.
#pragma once
#include "luqsim/arch/architecture.h"
#include "luqsim/results/results.h"
#include "luqsim/traces/record.h"

namespace luqsim {

// Its count for one GEMM: every fold at the full size of the array, no drain (os), and one less than the cycles passed
// because the first is number 0. Memory does not stall and nothing is quantized. Lanes must be 1.
//   os: ceil(M / R) ceil(N / C) (K + R + C - 2) - 1
//   ws: ceil(K / R) ceil(N / C) (2 R + C + M - 2) - 1      is: ceil(K / R) ceil(M / C) (2 R + C + N - 2) - 1
// It knows no samples: N of them are N GEMMs, as N layers would be.
RecordResult scalesim_record(const Architecture& architecture, const Record& record);

}  // namespace luqsim

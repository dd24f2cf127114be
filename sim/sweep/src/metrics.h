// The values of the metrics.
#pragma once
#include <array>

#include "luqsim/arch/architecture.h"
#include "luqsim/results/results.h"
#include "luqsim/sweep/view.h"

namespace luqsim::sweep {

// Those that are known before simulation.
MetricValues design_metrics(const Architecture& architecture);

// All of them. An amount for each MAC or cycle is 0 where there are none.
MetricValues run_metrics(const Architecture& architecture, const RunResult& result);

}  // namespace luqsim::sweep

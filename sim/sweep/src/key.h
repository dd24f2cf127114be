// What identifies a point: its content, not its name or place.
#pragma once
#include <filesystem>
#include <string>

#include "luqsim/sweep/sweep.h"

namespace luqsim::sweep {

// Of the bytes of the workload's file, its batch and its passes. Throws SweepError for a file that cannot be read.
std::string workload_digest(const ResolvedWorkload& workload);

// Of the design, the workload's digest, the version of luqsim and the schema of its results. `version` is a parameter
// for the tests.
std::string point_key(const std::string& design, const std::string& workload_digest);
std::string point_key(const std::string& design, const std::string& workload_digest, const std::string& version);

}  // namespace luqsim::sweep

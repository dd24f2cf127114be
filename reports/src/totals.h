// What several reports ask of results: sums over parts, and the array's cycles.
#pragma once
#include <map>
#include <string>

#include "luqsim/results/results.h"

namespace luqsim {

// Cycles of the array by what it did, without what it never did.
std::map<std::string, std::uint64_t> array_activities(const Summary& summary);
double total_gates(const RunResult& result);
double total_picojoules(const std::map<std::string, double>& energy);

}  // namespace luqsim

// Results for people (console), for machines (JSON) and for spreadsheets (CSV).
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "luqsim/reports/comparison.h"
#include "luqsim/results/results.h"

namespace luqsim {

// A screen of text: per-pass table, stall causes, area proxy, agreement with the trace, the first mismatches.
std::string console_summary(const RunResult& result);

// A line a design, and the sentence that says which one wins.
std::string console_summary(const Comparison& comparison);

// One object with the fields of RunResult.
std::string results_json(const RunResult& result);

// One object with the fields of Comparison.
std::string comparison_json(const Comparison& comparison);

// results.json and records.csv in `folder`, which is made if missing. Each file appears whole or not at all. Throws
// std::system_error.
void write_report(const RunResult& result, const std::filesystem::path& folder);

// The files that it writes there.
std::vector<std::filesystem::path> report_files(const std::filesystem::path& folder);

// "1.23 M", "45.6 k": three significant digits with an SI prefix.
std::string si(double value);

// 1234567 as "1,234,567".
std::string grouped(std::uint64_t value);

}  // namespace luqsim

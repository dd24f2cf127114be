// What validation found, as text, JSON and JUnit XML.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "luqsim/validate/diagnose.h"

namespace luqsim {

struct ValidatedRecord {
  RecordReport report;
  std::vector<Diagnosis> diagnoses;  // where asked for
};

// A line a record; below it a line for each tensor that differs, with its first difference, and the diagnoses.
std::string record_text(const ValidatedRecord& record);
std::string validation_summary(const std::vector<ValidatedRecord>& records);

std::string validation_json(const std::string& trace, const std::vector<ValidatedRecord>& records);

// A test case a record, for continuous integration. Appears whole or not at all; throws std::system_error.
void write_junit(const std::filesystem::path& file, const std::string& trace,
                 const std::vector<ValidatedRecord>& records);

}  // namespace luqsim

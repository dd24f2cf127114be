// Records and provenance as JSON text in a trace's metadata.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "luqsim/traces/trace.h"

namespace luqsim {

inline constexpr std::string_view version_key = "luqtrace.version", version_value = "1";
inline constexpr std::string_view provenance_key = "luqtrace.provenance", records_key = "luqtrace.records";

std::string records_to_json(const std::vector<Record>& records);
std::string provenance_to_json(const Provenance& provenance);

// `file` is for messages. Throw TraceError for unknown, missing or ill-typed keys.
std::vector<Record> records_from_json(const std::string& file, const std::string& text);
Provenance provenance_from_json(const std::string& file, const std::string& text);

}  // namespace luqsim

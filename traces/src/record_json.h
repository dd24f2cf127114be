// Records and provenance as JSON text, and back. Reader and writer walk one description of the keys.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "luqsim/traces/record.h"

namespace luqsim {

std::string records_to_json(std::span<const Record> records);
std::string provenance_to_json(const Provenance& provenance);

// Throw TraceError for text that is no JSON, a missing or unknown key, a value of the wrong type or out of its type's
// range. What the values mean together is check_record's business.
std::vector<Record> records_from_json(std::string_view text, const std::string& file);
Provenance provenance_from_json(std::string_view text, const std::string& file);

}  // namespace luqsim

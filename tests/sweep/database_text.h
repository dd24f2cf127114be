// All that a database of a sweep says, as text to compare: rows by key, the last sweep in its order.
#pragma once
#include <filesystem>
#include <string>

namespace luqsim::test {

std::string database_text(const std::filesystem::path& database);

// One value that a query gives; "" when it gives none.
std::string query(const std::filesystem::path& database, const std::string& sql);

// Runs statements on it.
void execute(const std::filesystem::path& database, const std::string& sql);

}  // namespace luqsim::test

#include "database_text.h"

#include <stdexcept>

#include <sqlite3.h>

namespace luqsim::test {
namespace {

int add_row(void* text, int columns, char** values, char**) {
  for (int i = 0; i < columns; ++i)
    *static_cast<std::string*>(text) += std::string(values[i] ? values[i] : "NULL") + "|";
  *static_cast<std::string*>(text) += "\n";
  return 0;
}

std::string rows(const std::filesystem::path& database, const std::string& sql) {
  sqlite3* handle = nullptr;
  std::string text;
  sqlite3_open_v2(database.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
  const int result = sqlite3_exec(handle, sql.c_str(), add_row, &text, nullptr);
  const std::string message = sqlite3_errmsg(handle);
  sqlite3_close(handle);
  if (result != SQLITE_OK) throw std::runtime_error(database.string() + ": " + message);
  return text;
}

}  // namespace

std::string database_text(const std::filesystem::path& database) {
  return rows(database, "PRAGMA integrity_check; SELECT * FROM points ORDER BY key") +
         rows(database, "SELECT * FROM sweep ORDER BY ordinal") + rows(database, "SELECT * FROM asked ORDER BY what");
}

std::string query(const std::filesystem::path& database, const std::string& sql) {
  const std::string text = rows(database, sql);
  return text.substr(0, text.find('|'));
}

void execute(const std::filesystem::path& database, const std::string& sql) { rows(database, sql); }

}  // namespace luqsim::test

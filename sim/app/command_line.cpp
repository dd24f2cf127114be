#include "command_line.h"

#include <cstdlib>
#include <ctime>

namespace luqsim {
namespace {

std::string quoted(const std::string& argument) {
  constexpr const char* plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./=,:+%@";
  if (!argument.empty() && argument.find_first_not_of(plain) == std::string::npos) return argument;
  std::string q = "'";
  for (const char c : argument) {
    if (c == '\'') q += "'\\'";
    q += c;
  }
  q += '\'';
  return q;
}

}  // namespace

std::string command_line(int argc, const char* const* argv) {
  std::string line = "luqsim";
  for (int i = 1; i < argc; ++i) {
    line += ' ';
    line += quoted(argv[i]);
  }
  return line;
}

std::string page_date() {
  const char* fixed = std::getenv("SOURCE_DATE_EPOCH");
  const std::time_t time = fixed == nullptr ? std::time(nullptr) : std::strtoll(fixed, nullptr, 10);
  std::tm utc{};
  gmtime_r(&time, &utc);
  char text[16];
  return std::string(text, std::strftime(text, sizeof text, "%Y-%m-%d", &utc));
}

}  // namespace luqsim

// What reports say about how they were made.
#pragma once
#include <string>

namespace luqsim {

// The arguments as a line for the shell, with the program's name alone.
std::string command_line(int argc, const char* const* argv);

// Today, UTC; that of SOURCE_DATE_EPOCH where it is set, so that a page can be made again as it was.
std::string page_date();

}  // namespace luqsim

// The results of one or several designs as a page of HTML that opens offline from disk.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "luqsim/results/results.h"

namespace luqsim {

struct PageInfo {
  std::string command;  // what made the page; may be empty
  std::string date;     // when; may be empty
};

// Needs nothing but itself: styles, charts and data are in it. Throws ResultsError when the results cannot be compared.
std::string html_page(const std::vector<RunResult>& results, const PageInfo& info);

// index.html in `folder`, which is made if missing. It appears whole or not at all. Throws ResultsError and
// std::system_error.
void write_page(const std::vector<RunResult>& results, const PageInfo& info, const std::filesystem::path& folder);

// The file that it writes there.
std::filesystem::path page_file(const std::filesystem::path& folder);

// Each chart of the page as an SVG file, on light ground: NAME.svg in `folder`, which is made if missing. Node.js draws
// them: std::system_error where the program `node` is missing. Throws ResultsError as well.
void write_charts(const std::vector<RunResult>& results, const std::filesystem::path& folder);

}  // namespace luqsim

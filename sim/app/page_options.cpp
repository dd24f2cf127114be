#include "page_options.h"

#include "luqsim/traces/write_file.h"

namespace luqsim {

void PageOptions::add_to(CLI::App& command, const std::string& contents) {
  command.add_option("-o,--output", folder, "Folder for " + contents)->capture_default_str();
  command.add_flag("--svg", svg, "Also write each chart of the page as charts/NAME.svg (needs Node.js)");
}

void PageOptions::check(const std::vector<std::filesystem::path>& inputs) const {
  check_folder(folder);
  check_no_input(page_file(folder), inputs);
}

void PageOptions::write(const std::vector<RunResult>& results, const PageInfo& info) const {
  write_page(results, info, folder);
  if (svg) write_charts(results, std::filesystem::path(folder) / "charts");
}

}  // namespace luqsim

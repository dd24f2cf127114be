// Charts as files: Node.js runs the page's own scripts.
#include <cerrno>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>

#include <boost/json.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "luqsim/reports/page.h"
#include "luqsim/traces/write_file.h"

#include "assets.h"
#include "contents.h"

namespace luqsim {
namespace {

namespace fs = std::filesystem;

constexpr const char* node = "node";
// Vega's scripts are to define globals, as in a page, not modules.
constexpr const char *no_modules = "(function (exports, module, define) {", *end_no_modules = "})();";

[[noreturn]] void fail(int error, const std::string& what) {
  throw std::system_error(error, std::generic_category(), what);
}

// Gone when it goes out of scope.
struct TemporaryFile {
  fs::path path;
  ~TemporaryFile() {
    std::error_code ignored;
    fs::remove(path, ignored);
  }
};

// Runs `node` with files as its input and output: pipes would need someone to read while it writes.
void run_node(const fs::path& in, const fs::path& out) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, in.c_str(), O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
  std::string name = node;
  char* arguments[] = {name.data(), nullptr};
  pid_t process = 0;
  const int error = posix_spawnp(&process, node, &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) fail(error, "node, which draws charts as SVG files (Debian's package nodejs)");
  int status = 0;
  while (waitpid(process, &status, 0) < 0)
    if (errno != EINTR) fail(errno, node);
  if (status != 0) throw std::runtime_error(fmt::format("node: status {} while drawing charts", status));
}

}  // namespace

void write_charts(const std::vector<RunResult>& results, const fs::path& folder) {
  const PageInfo info;
  const Contents contents{results, info, compare(results)};
  make_folder(folder);
  const TemporaryFile script{folder / "charts.js.tmp"}, output{folder / "charts.json.tmp"};
  write_file(script.path,
             fmt::format("{}\n{}\n{}\n{}\n{}\nconst luqsim_page = {};\nconst luqsim_css = {};\n{}", no_modules,
                         asset_vega, asset_vega_lite, end_no_modules, asset_charts_js, page_data(contents),
                         boost::json::serialize(boost::json::value(asset_page_css)), asset_svg_js));
  run_node(script.path, output.path);
  std::ifstream file(output.path, std::ios::binary);
  const boost::json::value charts = boost::json::parse(std::string(std::istreambuf_iterator<char>(file), {}));
  for (const auto& [name, svg] : charts.as_object())
    write_file(folder / (std::string(name) + ".svg"), boost::json::value_to<std::string>(svg));
}

}  // namespace luqsim

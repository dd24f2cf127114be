// A results.json, and the page and summary of one that can be read.
#include "luqsim/reports/page.h"
#include "luqsim/reports/report.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace luqsim;
  try {
    const RunResult result = parse_results(std::string(reinterpret_cast<const char*>(data), size), "results.json");
    static_cast<void>(console_summary(result));
    static_cast<void>(results_json(result));
    static_cast<void>(html_page({result}, {}));
  } catch (const ResultsError&) {
  }
  return 0;
}

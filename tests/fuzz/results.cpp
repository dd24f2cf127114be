// A results.json, and the page and summary of one that can be read.
#include <algorithm>

#include "luqsim/reports/page.h"
#include "luqsim/reports/report.h"

#include "json_mutation.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed) {
  luqsim::fuzz::JsonMutation mutation(seed);
  boost::system::error_code error;
  boost::json::value root = boost::json::parse({reinterpret_cast<const char*>(data), size}, error);
  if (error || mutation.pick(4) == 0) return LLVMFuzzerMutate(data, size, most);
  mutation.apply(root);
  const std::string text = boost::json::serialize(root);
  if (text.size() > most) return LLVMFuzzerMutate(data, size, most);
  std::ranges::copy(text, data);
  return text.size();
}

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

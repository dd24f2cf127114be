// An independent reader, in Python, finds in a trace what the writer put there.
#include <cstdio>
#include <cstdlib>
#include <memory>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include "trace_files.h"

namespace luqsim {
namespace {
namespace json = boost::json;

struct Result {
  int status;
  std::string output;
};

Result run_python(const std::filesystem::path& trace) {
  const std::string command = fmt::format("'{}' '{}' '{}'", LUQSIM_TEST_PYTHON, LUQSIM_TEST_SCRIPT, trace.string());
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return {127, ""};
  std::string output;
  char buffer[4096];
  for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) output.append(buffer, n);
  const int status = pclose(pipe);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 1, output};
}

json::array decoded(const Trace& trace, const Operand& operand) {
  json::array samples;
  for (std::size_t s = 0; s < operand.codes.size(); ++s) {
    const std::vector<std::int8_t> values = decode_values(trace.codes(operand, s));
    samples.emplace_back(json::array(values.begin(), values.end()));
  }
  return samples;
}

TEST(Python, ReadsTheSame) {
  const test::TemporaryFolder folder;
  test::write_example(folder / "t.safetensors");
  const Result result = run_python(folder / "t.safetensors");
  if (result.status == 77) GTEST_SKIP() << LUQSIM_TEST_PYTHON << " has no NumPy";
  ASSERT_EQ(result.status, 0) << result.output;

  const json::value digest = json::parse(result.output);
  const Trace trace = Trace::open(folder / "t.safetensors");
  const json::array& records = digest.at("records").as_array();
  ASSERT_EQ(records.size(), trace.records().size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    const Record& record = trace.records()[i];
    const json::object& seen = records[i].as_object();
    SCOPED_TRACE(record.id);
    EXPECT_EQ(seen.at("id").as_string(), record.id);
    EXPECT_EQ(seen.at("layer").as_string(), record.layer);
    EXPECT_EQ(seen.at("a"), decoded(trace, record.a));
    EXPECT_EQ(seen.at("b"), decoded(trace, record.b));
    EXPECT_EQ(std::strtof(seen.at("a_scale").as_string().c_str(), nullptr), record.a.scale);
    EXPECT_EQ(std::strtof(seen.at("b_scale").as_string().c_str(), nullptr), record.b.scale);
    const std::vector<float> out = record.out.empty() ? std::vector<float>{} : trace.out(record);
    const json::array& seen_out = seen.at("out").as_array();
    ASSERT_EQ(seen_out.size(), out.size());
    for (std::size_t j = 0; j < out.size(); ++j) EXPECT_EQ(seen_out[j].to_number<float>(), out[j]);
  }
  EXPECT_EQ(records[1].at("seed").as_string(), std::to_string(0xFEDCBA9876543210U));
  EXPECT_EQ(digest.at("provenance").at("device").as_string(), "a \\ device");
  EXPECT_EQ(digest.at("provenance").at("seed").to_number<std::uint64_t>(), UINT64_MAX);
}

}  // namespace
}  // namespace luqsim

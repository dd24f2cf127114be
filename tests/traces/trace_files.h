// Trace files for the tests: an example with one record of every kind, and raw files whose header a test can spoil.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "luqsim/traces/trace.h"
#include "luqsim/traces/trace_writer.h"

#include "temporary_folder.h"

namespace luqsim::test {

// Codes of every value the format has, in an order that depends on the seed.
CodeTensor some_codes(Format format, std::size_t rows, std::size_t cols, unsigned seed);

// Records "fc.fprop" (SAWB, sources, output), "fc.wgrad" (transposed, LUQ, two samples, hindsight), "conv.fprop"
// (uint4, im2col) and "fc.dgrad" (shape only).
std::vector<Record> example_records();
Provenance example_provenance();
// Adds the tensors that example_records() names, and the records.
void fill_example(TraceWriter& writer);
void write_example(const std::filesystem::path& path);

std::string read_bytes(const std::filesystem::path& path);
void write_bytes(const std::filesystem::path& path, std::string_view bytes);

// Header length, header, data: whatever they are.
std::string container(std::string_view header, std::string_view data = {});
// The three keys of __metadata__ for a trace with these records.
boost::json::object metadata(std::string_view records = "[]");

// A file in parts that a test changes.
struct RawTrace {
  explicit RawTrace(const std::filesystem::path& path);
  void save(const std::filesystem::path& path) const;

  boost::json::object header;  // without __metadata__.luqtrace.records
  boost::json::array records;
  std::string data;
};

// The message of the TraceError that opening the file throws; empty when it opens.
std::string open_error(const std::filesystem::path& path);

}  // namespace luqsim::test

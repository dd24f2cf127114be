// Writing a trace: tensors stream to a temporary file; commit() makes the finished trace appear under its name at once.
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "luqsim/traces/trace.h"

namespace luqsim {

class TraceWriter {
 public:
  TraceWriter(const std::filesystem::path& path, const Provenance& provenance);
  ~TraceWriter();  // without commit(): removes the temporary file, leaves an older trace as it was
  TraceWriter(const TraceWriter&) = delete;
  TraceWriter& operator=(const TraceWriter&) = delete;

  // Each returns `name`, which must be new. Throw std::system_error when the disk refuses, TraceError where the header
  // would become longer than max_header_bytes (some 120,000 records).
  std::string add(const std::string& name, const CodeView& codes);
  std::string add(const std::string& name, std::span<const float> values, std::uint64_t rows, std::uint64_t cols);
  void add(Record record);  // refers to tensors added before

  std::uint64_t header_so_far() const;  // its bytes, at most

  void commit();  // header, data, fsync, rename

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace luqsim

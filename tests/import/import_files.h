// Files for the importer's tests, and what importing them says.
#pragma once
#include <string>
#include <string_view>

#include "luqsim/import/import.h"

#include "temporary_folder.h"

namespace luqsim::test {

class ImportFiles {
 public:
  std::filesystem::path write(std::string_view name, std::string_view text) const;
  Trace import(std::string_view name, std::string_view text, const ImportOptions& options = {}) const;
  std::filesystem::path make_folder(std::string_view name) const;
  // The message of the error that importing gives, without the folder; empty when it gives none.
  std::string error(std::string_view name, std::string_view text, const ImportOptions& options = {}) const;
  std::string error_of(const std::filesystem::path& path, const ImportOptions& options = {}) const;

 private:
  TemporaryFolder folder_;
};

// "16x27x8 im2col direct": M x K x N and the views of a record.
std::string shape(const Record& record);

// The record with this id; fails the test and gives an empty one when there is none.
Record record(const Trace& trace, std::string_view id);

// "a b": the operands that have a quantization.
std::string quantized(const Record& record);

}  // namespace luqsim::test

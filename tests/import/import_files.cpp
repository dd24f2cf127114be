#include "import_files.h"

#include <algorithm>
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace luqsim::test {

std::filesystem::path ImportFiles::write(std::string_view name, std::string_view text) const {
  const std::filesystem::path path = folder_ / name;
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

Trace ImportFiles::import(std::string_view name, std::string_view text, const ImportOptions& options) const {
  return import_shapes(write(name, text), options);
}

std::filesystem::path ImportFiles::make_folder(std::string_view name) const {
  const std::filesystem::path path = folder_ / name;
  std::filesystem::create_directory(path);
  return path;
}

std::string ImportFiles::error(std::string_view name, std::string_view text, const ImportOptions& options) const {
  return error_of(write(name, text), options);
}

std::string ImportFiles::error_of(const std::filesystem::path& path, const ImportOptions& options) const {
  try {
    import_shapes(path, options);
  } catch (const TraceError& e) {
    std::string message = e.what();
    const std::string folder = (folder_ / "").string();
    if (message.starts_with(folder)) message.erase(0, folder.size());
    return message;
  }
  return "";
}

std::string shape(const Record& r) {
  return fmt::format("{}x{}x{} {} {}", r.m, r.k, r.n, name_of(r.a.view), name_of(r.b.view));
}

Record record(const Trace& trace, std::string_view id) {
  const auto found = std::ranges::find(trace.records(), id, &Record::id);
  if (found != trace.records().end()) return *found;
  ADD_FAILURE() << "no record " << id;
  return {};
}

std::string quantized(const Record& record) {
  std::string names;
  if (record.a.quantization) names += "a";
  if (record.b.quantization) names += names.empty() ? "b" : " b";
  return names;
}

}  // namespace luqsim::test

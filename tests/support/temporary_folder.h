// A folder for one test's files, removed with all it holds at the end.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace luqsim::test {

class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }
  std::vector<std::string> files() const;  // names, sorted

 private:
  std::filesystem::path path_;
};

}  // namespace luqsim::test

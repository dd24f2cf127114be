// A folder that cleans up, and the bundled digits with recipes small enough for tests.
#pragma once
#include <filesystem>
#include <string_view>

#include "trainer.h"

namespace luqsim::test {

class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

const train::Dataset& digits();

// One epoch of a network with two 4-bit layers: fc2, fc3; or conv2, fc1.
train::Options small_mlp();
train::Options small_cnn();

}  // namespace luqsim::test

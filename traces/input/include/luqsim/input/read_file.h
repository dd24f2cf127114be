// Bounded reading of a file.
#pragma once
#include <cstddef>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace luqsim {

// What is wrong with a file, without its name: "cannot be read; wanted a results.json",
// "too large; wanted at most 4194304 bytes".
class ReadError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Of a file in YAML: the tree of its nodes is much larger than its text.
inline constexpr std::size_t yaml_limit = std::size_t{1} << 22;

// The whole file, without a UTF-8 byte order mark. A pipe or a device is read, too, up to `limit` bytes. Throws
// ReadError; `wanted`: "a results.json".
std::string read_file(const std::filesystem::path& path, std::size_t limit, const std::string& wanted);

}  // namespace luqsim

// A fuzzer's input under a path, for readers that take one.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

namespace luqsim::fuzz {

// In memory alone: nothing is left behind, whatever ends the process. Written anew for each input.
class InputFile {
 public:
  InputFile() : file_(::memfd_create("input", 0)) {
    if (file_ < 0) throw std::runtime_error("memfd_create failed");
  }
  ~InputFile() { ::close(file_); }
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  std::filesystem::path write(const std::uint8_t* data, std::size_t size) {
    if (::ftruncate(file_, 0) != 0 || ::pwrite(file_, data, size, 0) != static_cast<ssize_t>(size))
      throw std::runtime_error("the input cannot be written");
    return "/proc/self/fd/" + std::to_string(file_);
  }

 private:
  int file_;
};

}  // namespace luqsim::fuzz

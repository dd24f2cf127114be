// A file that is written once, in order, then read back or put in its place. Every failure is a std::system_error that
// names the file.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

namespace luqsim {

class OutputFile {
 public:
  // A new file beside `target`: named after it, on the same file system.
  OutputFile(const std::filesystem::path& target, const char* suffix);
  ~OutputFile();  // removes the file unless it was published or forgotten
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  // Takes the file's name away: it lives until it is closed, even if the process is killed.
  void make_anonymous();

  // Where the next append goes. An append that throws leaves it where it was.
  std::uint64_t size() const { return size_; }
  void append(std::span<const std::byte> bytes);
  // Appends bytes begin .. end of another file.
  void append(const OutputFile& from, std::uint64_t begin, std::uint64_t end);

  // The file replaces `target`, at once and durably.
  void publish(const std::filesystem::path& target);

 private:
  void unlink_now() noexcept;

  std::filesystem::path path_;
  bool named_ = true;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

}  // namespace luqsim

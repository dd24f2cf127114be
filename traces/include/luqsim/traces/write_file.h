// A file that appears whole or not at all.
#pragma once
#include <filesystem>
#include <fstream>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace luqsim {

class OutputFile;

// Throws std::system_error "cannot write PATH"; an older file then stays as it was, and nothing else is left. What is
// no regular file itself, a pipe, a device or a link, is written to as it stands.
void write_file(const std::filesystem::path& path, std::string_view contents);

// The same, of contents that come piece by piece. Every function throws as write_file does.
class FileWriter {
 public:
  explicit FileWriter(const std::filesystem::path& path);
  ~FileWriter();  // without close(): as if nothing had been written, but for what is no regular file
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;

  void add(std::string_view text);
  void close();

 private:
  void flush();

  std::filesystem::path path_;
  std::unique_ptr<OutputFile> beside_;  // takes the place of a regular file; null: there is something else
  std::ofstream through_;
  std::string text_;  // not yet written
};

// Throws as write_file where it could not even begin: before a long run whose result it is to write.
void check_writable(const std::filesystem::path& path);

// Throws std::system_error "cannot make the folder PATH" where something else has the name.
void check_folder(const std::filesystem::path& path);
// Makes it, with those around it, if missing. Throws as check_folder, and where the system refuses it.
void make_folder(const std::filesystem::path& path);

// Throws std::system_error "cannot write PATH" where the path, by any spelling or link, is one of the files that the
// same command reads. Devices and pipes may be both.
void check_no_input(const std::filesystem::path& path, std::span<const std::filesystem::path> inputs);

// As check_writable, for writers of files that are no stream of text: throws too where a file would take the place of a
// pipe, a device or a link.
void check_replaceable(const std::filesystem::path& path);

}  // namespace luqsim

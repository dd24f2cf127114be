// A file that appears whole or not at all.
#pragma once
#include <filesystem>
#include <string>

namespace luqsim {

// Throws std::system_error "cannot write PATH"; an older file then stays as it was, and nothing else is left. What is
// no regular file itself, a pipe, a device or a link, is written to as it stands.
void write_file(const std::filesystem::path& path, const std::string& contents);

// Throws as write_file where it could not even begin: before a long run whose result it is to write.
void check_writable(const std::filesystem::path& path);

}  // namespace luqsim

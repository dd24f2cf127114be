// A file that appears whole or not at all.
#pragma once
#include <filesystem>
#include <string>

namespace luqsim {

// Throws std::system_error; an older file stays as it was.
void write_file(const std::filesystem::path& path, const std::string& contents);

}  // namespace luqsim

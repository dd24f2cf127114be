// Files that come with luqsim: beside the installed program (../share/luqsim) or in the source tree it was built from.
#pragma once
#include <filesystem>
#include <string>

namespace luqsim {

inline constexpr const char* default_architecture = "default";
inline constexpr const char* default_trace = "digits-mlp";

// A file of the user's, or else the bundled design or trace of that name; otherwise the argument as it is.
std::filesystem::path find_architecture(const std::string& name_or_path);
std::filesystem::path find_trace(const std::string& name_or_path);

}  // namespace luqsim

// Scalars that were found for the keys of an architecture, and where: what the parsers of designs and of sweeps share.
#pragma once
#include <functional>
#include <map>
#include <string>

namespace luqsim {

// Later layers of `extends`, --set and points of a sweep replace it.
struct Setting {
  std::string scalar, where;
};
using Settings = std::map<std::string, Setting, std::less<>>;

// Throws ArchitectureError: "where: what".
[[noreturn]] void fail(const std::string& where, const std::string& what);

// True for "array": not a key, but others start with it.
bool is_section(const std::string& path);

// Checks that the key exists, and takes the scalar. Throws ArchitectureError.
Setting checked(const std::string& key, const std::string& scalar, const std::string& where);

}  // namespace luqsim

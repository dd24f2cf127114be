// Files that come with luqsim: beside the installed program (../share/luqsim) or in the source tree it was built from.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace luqsim {

// A file of the user's, which is no folder; or else the bundled one `name` + `extension` in `folder`, a path in the
// source tree
// ("configs/arch", installed as share/luqsim/configs/arch); otherwise the argument as it is.
std::filesystem::path find_bundled(const std::string& name, const std::filesystem::path& folder,
                                   const std::string& extension);

// The bundled files of that kind, by name; "default" first.
std::vector<std::filesystem::path> all_bundled(const std::filesystem::path& folder, const std::string& extension);

}  // namespace luqsim

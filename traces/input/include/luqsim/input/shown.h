// How messages show a name, a key or a value that a file has.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace luqsim {

inline constexpr std::size_t longest_shown = 100;  // bytes

// Control characters, to which terminals listen: C0, DEL and, in UTF-8, C1.
bool has_control_characters(std::string_view text);

// The text for one line: bytes of control characters as "\x1b", a text of more bytes than `longest` cut and ended by
// "...".
std::string shown(std::string_view text, std::size_t longest = longest_shown);

}  // namespace luqsim

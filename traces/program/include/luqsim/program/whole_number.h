// A check of command-line options.
#pragma once
#include <charconv>
#include <cstdint>
#include <string>
#include <system_error>

namespace luqsim {

// For an option of 64 bits without sign: CLI11 reads "-1" and "99999999999999999999" as 2^64 - 1, "010" as 8. Returns
// what is wrong with `text`, or nothing.
inline std::string whole_number(const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool octal = text.starts_with('0') && text.size() > 1;
  return error == std::errc{} && end == text.data() + text.size() && !octal
             ? std::string()
             : text + "; wanted decimal digits of 0 to 18446744073709551615";
}

}  // namespace luqsim

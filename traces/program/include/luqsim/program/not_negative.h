// A check of command-line options.
#pragma once
#include <string>

namespace luqsim {

// For an option of 64 bits without sign: CLI11 reads "-1" as 2^64 - 1. Returns what is wrong with `text`, or nothing.
inline std::string not_negative(const std::string& text) {
  return text.find('-') == std::string::npos ? std::string() : text + "; wanted 0 or more";
}

}  // namespace luqsim

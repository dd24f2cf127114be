// Names contents by their bytes: equal names are equal contents but for chance (not for malice).
#pragma once
#include <cstdint>
#include <span>
#include <string>

namespace luqsim {

// XXH3, 128 bits, as 32 hexadecimal digits.
std::string content_digest(std::span<const std::uint8_t> bytes);
std::string content_digest(const std::string& text);

}  // namespace luqsim

#include "luqsim/input/shown.h"

#include <fmt/format.h>

namespace luqsim {
namespace {

unsigned byte_at(std::string_view text, std::size_t i) {
  return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
}

// Bytes of the control character that begins at i; 0 where another one does.
std::size_t control_bytes(std::string_view text, std::size_t i) {
  const unsigned first = byte_at(text, i), second = byte_at(text, i + 1);
  if (first < 0x20 || first == 0x7F) return 1;
  return first == 0xC2 && second >= 0x80 && second < 0xA0 ? 2 : 0;
}

// At most the `longest` first bytes of the text, in whole characters.
std::string_view cut(std::string_view text, std::size_t longest) {
  if (text.size() <= longest) return text;
  std::size_t end = longest;
  while (end > 0 && (byte_at(text, end) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

}  // namespace

bool has_control_characters(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i)
    if (control_bytes(text, i) > 0) return true;
  return false;
}

std::string shown(std::string_view text, std::size_t longest) {
  const std::string_view first = cut(text, longest);
  std::string out;
  for (std::size_t i = 0; i < first.size();) {
    const std::size_t control = control_bytes(first, i);
    if (control == 0) out += first[i++];
    for (const std::size_t end = i + control; i < end; ++i) out += fmt::format("\\x{:02x}", byte_at(first, i));
  }
  return first.size() < text.size() ? out + "..." : out;
}

}  // namespace luqsim

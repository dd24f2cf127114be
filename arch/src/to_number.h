#pragma once
#include <charconv>
#include <optional>
#include <string_view>

namespace luqsim {

// The number that the whole of `text` is; nothing where it is none or does not fit T.
template <class T>
std::optional<T> to_number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace luqsim

// Names of enumerators: the one place that joins an enumeration to the words in files, options and reports.
#pragma once
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace luqsim {

// Specialise with `static constexpr std::array<std::string_view, N> names`, indexed by the enumerator's value.
template <class Enum>
struct EnumNames;

template <class Enum>
concept NamedEnum = requires {
  EnumNames<Enum>::names;
};

template <NamedEnum Enum>
constexpr std::string_view name_of(Enum value) {
  return EnumNames<Enum>::names[static_cast<std::size_t>(value)];
}

template <NamedEnum Enum>
constexpr std::optional<Enum> from_name(std::string_view name) {
  for (std::size_t i = 0; i < EnumNames<Enum>::names.size(); ++i)
    if (EnumNames<Enum>::names[i] == name) return static_cast<Enum>(i);
  return std::nullopt;
}

// "os, ws, is": for messages that say what was wanted.
template <NamedEnum Enum>
std::string name_list() {
  std::string list;
  for (std::string_view name : EnumNames<Enum>::names) list.append(list.empty() ? "" : ", ").append(name);
  return list;
}

}  // namespace luqsim

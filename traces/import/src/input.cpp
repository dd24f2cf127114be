#include "input.h"

#include <charconv>

#include <fmt/format.h>

#include "luqsim/input/read_file.h"
#include "luqsim/traces/trace.h"

namespace luqsim {

std::string wanted(const NumberRange& range) { return fmt::format("an integer from {} to {}", range.min, range.max); }

std::optional<std::uint64_t> to_number(std::string_view text, const NumberRange& range) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value >= range.min && value <= range.max ? std::optional(value) : std::nullopt;
}

std::string read_text(const std::filesystem::path& path, std::size_t limit) {
  try {
    return read_file(path, limit, "a file of layers");
  } catch (const ReadError& error) {
    throw TraceError(fmt::format("{}: {}", path.string(), error.what()));
  }
}

}  // namespace luqsim

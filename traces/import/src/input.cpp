#include "input.h"

#include <charconv>
#include <fstream>

#include <fmt/format.h>

#include "context.h"

namespace luqsim {

std::string wanted(const NumberRange& range) { return fmt::format("an integer from {} to {}", range.min, range.max); }

std::optional<std::uint64_t> to_number(std::string_view text, const NumberRange& range) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value >= range.min && value <= range.max ? std::optional(value) : std::nullopt;
}

std::string read_text(const std::filesystem::path& path, std::size_t limit) {
  const Context context{path.string(), ""};
  // A folder opens as a stream too, and then reads as empty.
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) context.fail("", "a folder", "a file of layers");
  std::ifstream file(path, std::ios::binary);
  if (!file) context.fail("", "cannot be read", "a file of layers");
  // In pieces: what has no size, such as a pipe, is bounded too.
  std::string text, piece(std::size_t{1} << 16, '\0');
  do {
    file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    text.append(piece, 0, static_cast<std::size_t>(file.gcount()));
    if (text.size() > limit) context.fail("", fmt::format("more than {} bytes", limit), "a smaller file of layers");
  } while (file);
  if (file.bad()) context.fail("", "cannot be read", "a file of layers");
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  return text;
}

}  // namespace luqsim

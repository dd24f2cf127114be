#include "luqsim/input/read_file.h"

#include <fstream>
#include <system_error>

#include <fmt/format.h>

namespace luqsim {

std::string read_file(const std::filesystem::path& path, std::size_t limit, const std::string& wanted) {
  // A folder opens as a stream too, and then reads as empty.
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) throw ReadError("a folder; wanted " + wanted);
  std::ifstream file(path, std::ios::binary);
  if (!file) throw ReadError("cannot be read; wanted " + wanted);
  // In pieces: what has no size, such as a pipe, is bounded too.
  std::string text, piece(std::size_t{1} << 16, '\0');
  do {
    file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    text.append(piece, 0, static_cast<std::size_t>(file.gcount()));
    if (text.size() > limit) throw ReadError(fmt::format("too large; wanted at most {} bytes", limit));
  } while (file);
  if (file.bad()) throw ReadError("cannot be read; wanted " + wanted);
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  return text;
}

}  // namespace luqsim

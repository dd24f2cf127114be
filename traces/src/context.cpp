#include "context.h"

#include <fmt/format.h>

#include "luqsim/traces/trace.h"

namespace luqsim {
namespace {

constexpr std::size_t longest_quote = 100;

}  // namespace

void Context::fail(std::string_view field, std::string_view value, std::string_view wanted) const {
  std::string message = file;
  for (std::string_view part : {std::string_view(where), field})
    if (!part.empty()) message.append(": ").append(part);
  throw TraceError(fmt::format("{}: {}; wanted {}", message, value, wanted));
}

std::string in_quotes(std::string_view text) {
  std::string out = "'";
  for (const char c : text.substr(0, longest_quote)) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    else
      out += c;
  }
  return out + (text.size() > longest_quote ? "...'" : "'");
}

}  // namespace luqsim

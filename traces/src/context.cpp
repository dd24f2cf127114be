#include "context.h"

#include <fmt/format.h>

#include "luqsim/input/shown.h"
#include "luqsim/traces/trace.h"

namespace luqsim {

void Context::fail(std::string_view field, std::string_view value, std::string_view wanted) const {
  std::string message = file;
  for (std::string_view part : {std::string_view(where), field})
    if (!part.empty()) message.append(": ").append(part);
  throw TraceError(fmt::format("{}: {}; wanted {}", message, value, wanted));
}

std::string in_quotes(std::string_view text) { return fmt::format("'{}'", shown(text)); }

}  // namespace luqsim

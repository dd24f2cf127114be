// Where in a trace a check looks, and the message when it fails.
#pragma once
#include <string>
#include <string_view>

namespace luqsim {

struct Context {
  std::string file;   // the trace's path
  std::string where;  // "tensor 'w'", "record 3 ('fc1.fprop')"; empty: the file as a whole

  // Throws TraceError "file: where: field: value; wanted ...".
  [[noreturn]] void fail(std::string_view field, std::string_view value, std::string_view wanted) const;
};

// 'text' as messages show it, quoted.
std::string in_quotes(std::string_view text);

}  // namespace luqsim

// The outermost frame of a program: what goes wrong becomes a message on standard error and an exit code.
#pragma once
#include <exception>
#include <functional>
#include <string>

#include "luqsim/program/exit_codes.h"

namespace luqsim {

namespace detail {
int guarded(const char* program, const std::function<int()>& body,
            const std::function<bool(const std::exception&)>& is_bad_input);
}

// The body's exit code; exit_bad_input for the exceptions named and for the system's (std::system_error),
// exit_interrupted for Interrupted, exit_internal for all others and where memory runs out. Standard output that cannot
// be written is exit_bad_input. A mapped file that another program cuts short while it is read ends the program with
// exit_bad_input.
template <class... BadInput>
int guarded(const char* program, const std::function<int()>& body) {
  return detail::guarded(
      program, body, [](const std::exception& e) { return (... || (dynamic_cast<const BadInput*>(&e) != nullptr)); });
}

}  // namespace luqsim

// Code that input may crash, in a process of its own.
#pragma once
#include <functional>
#include <stdexcept>
#include <string>

namespace luqsim {

// How such a process ended, other than with a result.
class IsolatedError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// What compute() returns, in a fork that has a minute of processor time, 2 GiB more memory than this process has now,
// and 16 MiB for its result. Throws IsolatedError when it throws, crashes or needs more.
std::string isolated(const std::function<std::string()>& compute);

}  // namespace luqsim

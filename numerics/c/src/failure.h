// How C++ errors become a status and a message: no exception leaves the library.
#pragma once
#include <exception>
#include <new>
#include <stdexcept>
#include <string>

#include "luqsim.h"

namespace luqsim::c {

// An error with its status. The message names the argument, its value and what was wanted.
class Failure : public std::runtime_error {
 public:
  Failure(luqsim_status status, const std::string& message) : std::runtime_error(message), status_(status) {}
  luqsim_status status() const { return status_; }

 private:
  luqsim_status status_;
};

// Keeps "function: message" for luqsim_last_error() and returns `status`.
luqsim_status fail(luqsim_status status, const char* function, const char* message) noexcept;

// Runs `body`, which throws what is wrong.
template <class Body>
luqsim_status guarded(const char* function, Body body) noexcept {
  try {
    body();
    return LUQSIM_OK;
  } catch (const Failure& failure) {
    return fail(failure.status(), function, failure.what());
  } catch (const std::bad_alloc&) {
    return fail(LUQSIM_OUT_OF_MEMORY, function, "out of memory");
  } catch (const std::logic_error& error) {  // invalid_argument, out_of_range, length_error
    return fail(LUQSIM_INVALID_ARGUMENT, function, error.what());
  } catch (const std::exception& error) {
    return fail(LUQSIM_INTERNAL_ERROR, function, error.what());
  } catch (...) {
    return fail(LUQSIM_INTERNAL_ERROR, function, "unknown error");
  }
}

}  // namespace luqsim::c

#include "failure.h"

#include <cstdio>

namespace luqsim::c {
namespace {

// Of a fixed size, so that no memory is needed to say that there is none.
thread_local char last_error[512] = "";

}  // namespace

luqsim_status fail(luqsim_status status, const char* function, const char* message) noexcept {
  std::snprintf(last_error, sizeof last_error, "%s: %s", function, message);
  return status;
}

}  // namespace luqsim::c

extern "C" {

uint32_t luqsim_c_api_version(void) { return LUQSIM_C_API_VERSION; }

const char* luqsim_version(void) { return LUQSIM_PROJECT_VERSION; }

const char* luqsim_last_error(void) { return luqsim::c::last_error; }

const char* luqsim_status_name(luqsim_status status) {
  static constexpr const char* names[] = {
      "ok", "non-finite", "invalid argument", "buffer too small", "out of memory", "internal error"};
  return status >= LUQSIM_OK && status <= LUQSIM_INTERNAL_ERROR ? names[status] : "unknown status";
}

}  // extern "C"

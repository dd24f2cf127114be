#include "luqsim/program/guarded.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <new>
#include <system_error>

#include <unistd.h>

#include "luqsim/program/interrupts.h"

namespace luqsim {
namespace {

int fail(const char* program, int exit_code, const char* kind, const char* what) noexcept {
  std::fprintf(stderr, "%s: %s%s\n", program, kind, what);
  return exit_code;
}

const char* signalled_program = "";

// Only what a signal handler may call.
void on_bus_error(int) {
  for (const char* text :
       {signalled_program,
        ": a mapped file became shorter while it was read; wanted a trace that no other program changes\n"})
    if (::write(STDERR_FILENO, text, std::strlen(text)) < 0) break;
  ::_exit(exit_bad_input);
}

// What is printed arrives when it is flushed: a full disk shows no sooner.
void check_standard_output() {
  if (std::fflush(stdout) != 0) throw std::system_error(errno, std::generic_category(), "standard output");
  if (std::ferror(stdout) != 0) throw std::system_error(EIO, std::generic_category(), "standard output");
}

}  // namespace

int detail::guarded(const char* program, const std::function<int()>& body,
                    const std::function<bool(const std::exception&)>& is_bad_input) {
  signalled_program = program;
  struct sigaction action {};
  action.sa_handler = on_bus_error;
  sigaction(SIGBUS, &action, nullptr);
  try {
    const int exit_code = body();
    check_standard_output();
    return exit_code;
  } catch (const std::bad_alloc&) {
    return fail(program, exit_internal, "", "out of memory");
  } catch (const std::system_error& e) {
    return fail(program, exit_bad_input, "", e.what());
  } catch (const Interrupted& e) {
    return fail(program, exit_interrupted, "interrupted: ", e.what());
  } catch (const std::exception& e) {
    const bool bad_input = is_bad_input(e);
    return fail(program, bad_input ? exit_bad_input : exit_internal, bad_input ? "" : "internal error: ", e.what());
  } catch (...) {
    return fail(program, exit_internal, "", "internal error");
  }
}

}  // namespace luqsim

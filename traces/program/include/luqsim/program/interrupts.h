// Ctrl-C and a polite kill as a wish to stop.
#pragma once
#include <csignal>
#include <stdexcept>

namespace luqsim {

// While there is one, SIGINT and SIGTERM only make requested() true; a second one ends the program at once.
class Interrupts {
 public:
  Interrupts();
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  static bool requested();

 private:
  struct sigaction interrupt_ {
  }, terminate_{};
};

// Thrown by who stops on request; the message says what is done and where it is. guarded() ends with exit_interrupted.
class Interrupted : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace luqsim

// Ctrl-C and a polite kill as a wish to stop.
#pragma once
#include <csignal>

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

}  // namespace luqsim
